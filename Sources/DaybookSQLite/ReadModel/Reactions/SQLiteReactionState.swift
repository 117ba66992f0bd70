public import Daybook
import Foundation
import GRDB
import Synchronization

/// How far a reaction has come: a SQLite file with its checkpoints and what is parked.
///
/// One process at a time may have it. What was reacted to is noted event by event, so that a crash repeats no more than
/// the one that was under way.
public final class SQLiteReactionState<React: Reaction>: ReactionState {
    private let reaction: React
    private let timeout: Duration
    private let decoder = EventDecoder<React.Event>()
    let pool: DatabasePool
    private let checkpoints: BackgroundCheckpoints
    private let remains: Remains
    private let claim: GenerationLock
    private let mark: CrashMark
    private let executor = NotingExecutor()
    private let exceptions: Mutex<Exceptions>
    /// What of each lane was reacted to beyond its checkpoint.
    private let reacted: Mutex<[Lane: Offset]>
    /// What was reacted to and could not be noted, because the disk was full, say. Nothing else is reacted to before.
    private let unnoted = Mutex<Unnoted?>(nil)
    private let isEnding = Mutex(false)
    /// One event at a time, be it that it came or that it was parked: so the order of streams holds.
    private let turn = AsyncMutex()

    private struct Unnoted: Sendable {
        let entry: LogEntry
        let lane: Lane
        /// Whether it was parked, and is to be removed from there.
        let isParked: Bool
    }

    private static var tables: String {
        """
        CREATE TABLE IF NOT EXISTS activations(source TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS reacted(source TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
            PRIMARY KEY(source, partition)) WITHOUT ROWID;
        """
    }

    /// Keeps other processes from reacting; `nil` when one of them does.
    ///
    /// - Throws: When the folder cannot be made, or written.
    public static func claim(in folder: String) throws -> GenerationLock? {
        try ReactionFile.claim(React.name, in: folder)
    }

    /// Opens the reaction's file in `folder`, or makes it.
    ///
    /// - Parameter timeout: How long it may take to react to one event.
    /// - Throws: ``StoreError`` when it is a file of another kind.
    public init(folder: String, reaction: React, claim: GenerationLock, timeout: Duration = .seconds(60)) throws {
        self.reaction = reaction
        self.timeout = timeout
        self.claim = claim
        let path = ReactionFile.path(React.name, in: folder)
        mark = try CrashMark("\(path).mark", isPostingSlow: true)
        pool = try naming(path) { try DatabasePool(path: path, configuration: .shared) }
        checkpoints = BackgroundCheckpoints(for: pool)
        remains = Remains(in: pool)
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON") }
        let ended = mark.takeEvents()
        let (exceptions, reacted) = try naming(path) { [pool] in
            try pool.write { db in
                try FileKind.reaction.claim(db, path)
                try db.execute(
                    sql: ReadModelSchema.tables + UnreadableMessages.tables + ParkedEvents.tables + Exceptions.table
                        + Remains.table + Self.tables)
                for event in ended { try Exceptions.count(event, in: db) }
                return (try Exceptions(in: db), try Self.reacted(in: db))
            }
        }
        self.exceptions = Mutex(exceptions)
        self.reacted = Mutex(reacted)
    }

    private static func reacted(in db: Database) throws -> [Lane: Offset] {
        var reacted: [Lane: Offset] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT source, partition, offset FROM reacted") {
            reacted[Lane(source: Source(row[0]), partition: Partition(row[1]))] = Offset(rawValue: row[2])
        }
        return reacted
    }

    // MARK: Where it begins

    /// Whether it is known where in a writer's log the reaction begins.
    public func isActivated(for source: Source) async throws -> Bool {
        try await pool.read { db in
            let sql = "SELECT EXISTS(SELECT 1 FROM activations WHERE source = ?)"
            return try Bool.fetchOne(db, sql: sql, arguments: [source.description]) ?? false
        }
    }

    /// Notes where in a writer's log the reaction begins: after these, one for each partition.
    public func activate(for source: Source, after checkpoints: [Lane: Checkpoint]) async throws {
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

    /// Goes on after these places, whatever was reacted to. For lanes that have stopped.
    public func move(to checkpoints: [Lane: Checkpoint]) async throws {
        try await turn.withLock {
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

    // MARK: Reacting

    /// Reacts to nothing more, so that the process can end: what is under way is finished.
    public func end() { isEnding.withLock { $0 = true } }

    public func checkpoints() async throws -> [Lane: Checkpoint] {
        try await pool.read { try ReadModelSchema.checkpoints(in: $0) }
    }

    public func decode(_ entry: LogEntry) throws -> (any DecodedEvent)? {
        if exceptions.withLock({ $0.isSuspect(entry) }) { return SuspectEvent() }
        return try mark.decode(entry, with: decoder)
    }

    /// - Returns: Nothing: what a reaction calls may be away, so each event has all its attempts.
    @discardableResult
    public func post(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws -> [EventFailure] {
        for posting in postings {
            for entry in posting.entries { try await turn.withLock { try await settle(entry, of: posting) } }
        }
        let forgotten = postings.forgotten
        try await pool.commit { db in
            for posting in postings {
                guard try ReadModelSchema.advance(posting, in: db) else { throw Fenced(lane: posting.lane) }
            }
            // What came with the word that its stream is forgotten is not kept.
            let kept = unreadable.filter { message in !forgotten.contains(where: message.isOf) }
            try UnreadableMessages.keep(kept, in: db)
        }
        // What stands in the way puts it off: what was done is done all the same.
        if !forgotten.isEmpty { _ = try? await erasePending() }
        return []
    }

    /// Erases what the file may still have of what was parked or kept of streams that were forgotten, if it has anything.
    ///
    /// - Returns: Whether nothing is left; otherwise a reader holds the write-ahead log.
    /// - Throws: `DatabaseError`, `CancellationError`.
    public func erasePending() async throws -> Bool { try await remains.erase() }

    private func settle(_ entry: PostingEntry, of posting: Posting) async throws {
        let (lane, log) = (posting.lane, entry.log)
        try await notePending()
        if let done = reacted.withLock({ $0[lane] }), log.offset <= done { return }
        let exceptions = exceptions.withLock { $0 }
        let exception = exceptions.judge(log, of: lane.source)
        if exception == .skip { return try await note(log, of: lane) }
        if log.isForgetting {
            try await pool.commit { db in
                try ParkedEvents.remove(log.stream, of: lane.source, in: db)
                try UnreadableMessages.remove(of: log.stream, in: db)
                try Remains.note(in: db)
            }
        }
        let isBehindParked = try await pool.read { try ParkedEvents.holds(log.stream, of: lane.source, in: $0) }
        let reason = posting.parks[log.offset] ?? exception?.reason
        if isBehindParked || reason != nil {
            return try await note(log, of: lane) { db in
                try ParkedEvents.park(log, of: lane.source, reason: isBehindParked ? nil : reason, in: db)
            }
        }
        guard let event = entry.event else { return }
        do { try await react(to: event, from: log, of: lane.source) } catch let error where Self.blamesEvent(error) {
            let reason = "\(withoutRow(error))"
            throw EventFailure(lane: lane, entry: log, reason: reason, isFinal: error is UndecodableEvent)
        }
        // It has happened, whether it can be noted or not.
        reacted.withLock { $0[lane] = log.offset }
        unnoted.withLock { $0 = Unnoted(entry: log, lane: lane, isParked: false) }
        try await notePending()
    }

    /// - Returns: What had not been noted before, if there was anything.
    @discardableResult
    private func notePending() async throws -> Unnoted? {
        guard let done = unnoted.withLock({ $0 }) else { return nil }
        let (entry, lane) = (done.entry, done.lane)
        let isSuspect = exceptions.withLock { $0.isSuspect(entry) }
        let acquit: @Sendable (Database) throws -> Void = { db in
            if isSuspect { try Exceptions.acquit(entry, in: db) }
        }
        if done.isParked {
            try await pool.commit { db in
                try acquit(db)
                try ParkedEvents.remove(entry, of: lane.source, in: db)
            }
        } else {
            try await note(entry, of: lane, acquit)
        }
        unnoted.withLock { $0 = nil }
        return done
    }

    /// - Returns: Whether what had not been noted before was a parked event of this stream.
    private func notePending(of stream: String, _ source: Source) async throws -> Bool {
        guard let done = try await notePending() else { return false }
        return done.isParked && done.entry.stream.description == stream && done.lane.source == source
    }

    private static func blamesEvent(_ error: any Error) -> Bool { !(error is NotNow) && !error.isTransient }

    private func react(to event: any DecodedEvent, from entry: LogEntry, of source: Source) async throws {
        if isEnding.withLock({ $0 }) { throw CancellationError() }
        mark.begin(entry.id)
        defer { mark.clear() }
        try await executor.run(at: entry) { [reaction, decoder, timeout] in
            guard let events = try decoder.events(in: event, of: entry) else { return }
            for (part, event) in events.all.enumerated() {
                let key = "\(React.name)/\(source)/\(entry.id)" + (part == 0 ? "" : "/\(part)")
                try await withTimeout(timeout) { try await reaction.react(to: event, from: entry, key: key) }
            }
        }
    }

    /// Notes that an event is done with.
    private func note(
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

    // MARK: Parked events

    /// One page of the parked events.
    public func parked(_ selection: ParkedSelection) async throws -> ParkedPage {
        try await pool.read { try ParkedEvents.page(selection, in: $0) }
    }

    /// How many events are parked.
    public func parkedCount() async throws -> Int { try await pool.read { try ParkedEvents.count(in: $0) } }

    /// How many messages are kept because they could not be read.
    public func unreadableCount() async throws -> Int {
        try await pool.read { try UnreadableMessages.count(in: $0) }
    }

    /// Reacts to what is parked of a stream, in order, as far as it goes; `nil` when nothing of it is parked.
    public func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        let outcome = try await letGo(stream, of: source)
        return outcome.isOfNothing ? nil : outcome
    }

    private func letGo(_ stream: String, of source: Source) async throws -> ParkedOutcome {
        var outcome = ParkedOutcome(stream: stream, posted: 0)
        while let isDone = try await turn.withLock({ try await retryFirst(of: stream, source, &outcome) }) {
            if !isDone { return outcome }
        }
        return outcome
    }

    /// - Returns: Whether it was reacted to; `nil` when nothing of the stream is parked any more.
    private func retryFirst(of stream: String, _ source: Source, _ outcome: inout ParkedOutcome) async throws -> Bool? {
        // A retry before this one has reacted to it.
        if try await notePending(of: stream, source) { outcome.posted += 1 }
        guard let entry = try await first(of: stream, source) else { return nil }
        do {
            if let event = try decode(entry) { try await react(to: event, from: entry, of: source) }
        } catch {
            let reason = "\(withoutRow(error))"
            outcome.reason = reason
            // What passes is not why it is parked.
            if Self.blamesEvent(error) {
                try await pool.commit { try ParkedEvents.note(reason, on: entry, of: source, in: $0) }
            }
            return false
        }
        // It has happened, whether it can be noted or not.
        let lane = Lane(source: source, partition: entry.place.partition)
        unnoted.withLock { $0 = Unnoted(entry: entry, lane: lane, isParked: true) }
        try await notePending()
        outcome.posted += 1
        return true
    }

    /// Gives up the first parked event of a stream, and reacts to those behind it; `nil` when nothing of it is parked.
    ///
    /// - Throws: ``ForgettingNotSkipped`` when it says that the stream is forgotten, `DatabaseError`.
    public func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        let isThere = try await turn.withLock {
            // A retry has reacted to the first one, which the operator saw: it was not given up, nor is the next one.
            if try await notePending(of: stream, source) { return true }
            guard let entry = try await first(of: stream, source) else { return false }
            if entry.isForgetting { throw ForgettingNotSkipped(entry, advice: "mend the reaction, and retry it") }
            try await pool.write { try ParkedEvents.remove(entry, of: source, in: $0) }
            return true
        }
        guard isThere else { return nil }
        return try await letGo(stream, of: source)
    }

    private func first(of stream: String, _ source: Source) async throws -> LogEntry? {
        try await pool.read { try ParkedEvents.first(of: stream, source, in: $0) }
    }
}
