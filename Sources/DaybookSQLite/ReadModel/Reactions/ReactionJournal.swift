import Daybook
import GRDB
import Synchronization

/// The journal of a reaction: each event that was reacted to is noted, so that a crash repeats no more than the one that
/// was under way.
final class ReactionJournal: Sendable {
    /// An event that was reacted to and is not noted yet, because the disk was full, for example.
    struct Unnoted: Sendable {
        let entry: LogEntry
        let lane: Lane
        /// `true` when it was parked, and is to be removed from there.
        let isParked: Bool
    }

    static let tables = """
        CREATE TABLE IF NOT EXISTS activations(source TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS reacted(source TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
            PRIMARY KEY(source, partition)) WITHOUT ROWID;
        """

    private let pool: DatabasePool
    private let excluded: ExcludedEvents
    /// The last event of each lane that was reacted to beyond its checkpoint.
    private let reacted: Mutex<[Lane: Offset]>
    /// Nothing else is reacted to before it is noted.
    private let unnoted = Mutex<Unnoted?>(nil)

    init(pool: DatabasePool, excluded: ExcludedEvents, reacted: [Lane: Offset]) {
        self.pool = pool
        self.excluded = excluded
        self.reacted = Mutex(reacted)
    }

    static func reacted(in db: Database) throws -> [Lane: Offset] {
        var reacted: [Lane: Offset] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT source, partition, offset FROM reacted") {
            reacted[Lane(source: Source(row[0]), partition: Partition(row[1]))] = Offset(rawValue: row[2])
        }
        return reacted
    }

    func hasReacted(to entry: LogEntry, in lane: Lane) -> Bool {
        reacted.withLock { $0[lane].map { entry.offset <= $0 } ?? false }
    }

    // MARK: Noting

    /// Notes an event to which the reaction has reacted. It has happened, whether it can be noted or not.
    func noteReacted(_ event: Unnoted) async throws {
        if !event.isParked { reacted.withLock { $0[event.lane] = event.entry.offset } }
        unnoted.withLock { $0 = event }
        try await notePending()
    }

    /// - Returns: The event that had not been noted before, if there was one.
    @discardableResult
    func notePending() async throws -> Unnoted? {
        guard let done = unnoted.withLock({ $0 }) else { return nil }
        let (entry, lane) = (done.entry, done.lane)
        let isSuspect = excluded.isSuspect(entry)
        let clear: @Sendable (Database) throws -> Void = { db in
            if isSuspect { try ExcludedEvents.clear(entry, in: db) }
        }
        if done.isParked {
            try await pool.commit { db in
                try clear(db)
                try ParkedEvents.remove(entry, of: lane.source, in: db)
            }
        } else {
            try await note(entry, of: lane, clear)
        }
        unnoted.withLock { $0 = nil }
        return done
    }

    /// - Returns: `true` when what had not been noted before was a parked event of this stream.
    func notePending(of stream: String, _ source: Source) async throws -> Bool {
        guard let done = try await notePending() else { return false }
        return done.isParked && done.entry.stream.description == stream && done.lane.source == source
    }

    /// Notes that an event is done with.
    func note(
        _ entry: LogEntry, of lane: Lane, _ body: @escaping @Sendable (Database) throws -> Void = { _ in }
    ) async throws {
        try await pool.commit { db in
            try body(db)
            try db.cachedStatement(
                sql: "INSERT INTO reacted VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET offset = excluded.offset"
            ).execute(arguments: [lane.source.description, lane.partition.index, entry.offset.rawValue])
        }
        reacted.withLock { $0[lane] = entry.offset }
    }

    // MARK: Places

    /// Notes where in a writer's log the reaction begins: after these, one for each partition.
    func activate(for source: Source, after checkpoints: [Lane: Checkpoint]) async throws {
        try await pool.write { db in
            for (lane, checkpoint) in checkpoints {
                let posting = Posting(lane: lane, expected: nil, entries: [], next: checkpoint)
                guard try ReadModelSchema.advance(posting, in: db) else { throw Fenced(lane: lane) }
            }
            try db.execute(
                sql: "INSERT INTO activations VALUES(?, ?)",
                arguments: [source.description, Timestamp.now().microseconds])
        }
    }

    func isActivated(for source: Source) async throws -> Bool {
        try await pool.read { db in
            let sql = "SELECT EXISTS(SELECT 1 FROM activations WHERE source = ?)"
            return try Bool.fetchOne(db, sql: sql, arguments: [source.description]) ?? false
        }
    }

    /// Goes on after these places, whatever was reacted to.
    func move(to checkpoints: [Lane: Checkpoint]) async throws {
        try await notePending()
        try await pool.commit { db in
            for (lane, checkpoint) in checkpoints {
                try ReadModelSchema.place(checkpoint, of: lane, in: db)
                try db.execute(
                    sql: "DELETE FROM reacted WHERE source = ? AND partition = ?",
                    arguments: [lane.source.description, lane.partition.index])
            }
        }
        reacted.withLock { for lane in checkpoints.keys { $0[lane] = nil } }
    }
}
