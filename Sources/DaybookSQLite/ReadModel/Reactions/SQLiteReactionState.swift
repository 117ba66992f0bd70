public import Daybook
import GRDB

/// The state of a reaction: a SQLite file with its checkpoints and what is parked.
///
/// One process at a time may have it. What was reacted to is noted event by event, so that a crash repeats no more than
/// the one that was under way.
public final class SQLiteReactionState<React: Reaction>: ReactionState {
    let pool: DatabasePool
    private let checkpoints: BackgroundCheckpoints
    private let erasures: PendingErasureNotes
    private let claim: GenerationLock
    private let excluded: ExcludedEvents
    let calls: ReactionCalls<React>
    let journal: ReactionJournal
    /// One event at a time, be it that it came or that it was parked: so the order of streams holds.
    let oneAtATime = AsyncMutex()

    /// Keeps other processes from reacting; `nil` when one of them does.
    ///
    /// - Throws: When the folder cannot be made, or written.
    public static func claim(in folder: String) throws -> GenerationLock? {
        try ReactionFile.claim(React.name, in: folder)
    }

    /// Opens the reaction's file in `folder`, or makes it.
    ///
    /// - Parameter timeout: The longest time that it may take to react to one event.
    /// - Throws: ``StoreError`` when it is a file of another kind.
    public init(folder: String, reaction: React, claim: GenerationLock, timeout: Duration = .seconds(60)) throws {
        self.claim = claim
        let path = ReactionFile.path(React.name, in: folder)
        let mark = try CrashMark("\(path).mark", isPostingSlow: true)
        pool = try naming(path) { try DatabasePool(path: path, configuration: .shared) }
        checkpoints = BackgroundCheckpoints(for: pool)
        erasures = PendingErasureNotes(in: pool)
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON") }
        let ended = mark.takeEvents()
        let (excluded, reacted) = try naming(path) { [pool] in
            try pool.write { db in
                try FileKind.reaction.claim(db, path)
                try db.execute(
                    sql: ReadModelSchema.tables + UnreadableMessages.tables + ParkedEvents.tables + ExcludedEvents.table
                        + PendingErasureNotes.table + ReactionJournal.tables)
                for event in ended { try ExcludedEvents.count(event, in: db) }
                return (try ExcludedEvents(in: db), try ReactionJournal.reacted(in: db))
            }
        }
        self.excluded = excluded
        calls = ReactionCalls(reaction: reaction, timeout: timeout, mark: mark)
        journal = ReactionJournal(pool: pool, excluded: excluded, reacted: reacted)
    }

    // MARK: Where it begins

    /// `true` when it is known where in a writer's log the reaction begins.
    public func isActivated(for source: Source) async throws -> Bool { try await journal.isActivated(for: source) }

    /// Notes where in a writer's log the reaction begins: after these, one for each partition.
    public func activate(for source: Source, after checkpoints: [Lane: Checkpoint]) async throws {
        try await journal.activate(for: source, after: checkpoints)
    }

    /// Goes on after these places, whatever was reacted to. For lanes that have stopped.
    public func move(to checkpoints: [Lane: Checkpoint]) async throws {
        try await oneAtATime.withLock { try await journal.move(to: checkpoints) }
    }

    // MARK: Reacting

    /// Reacts to nothing more, so that the process can end: what is under way is finished.
    public func end() { calls.end() }

    public func checkpoints() async throws -> [Lane: Checkpoint] {
        try await pool.read { try ReadModelSchema.checkpoints(in: $0) }
    }

    public func decode(_ entry: LogEntry) throws -> (any DecodedEvent)? {
        if excluded.isSuspect(entry) { return SuspectEvent() }
        return try calls.decode(entry)
    }

    /// - Returns: Nothing: what a reaction calls may be away, so each event has all its attempts.
    @discardableResult
    public func apply(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws -> [EventFailure] {
        for posting in postings {
            for entry in posting.entries { try await oneAtATime.withLock { try await settle(entry, of: posting) } }
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
    /// - Returns: `true` when nothing is left; otherwise a reader holds the write-ahead log.
    /// - Throws: `DatabaseError`, `CancellationError`.
    public func erasePending() async throws -> Bool { try await erasures.erase() }

    private func settle(_ entry: PostingEntry, of posting: Posting) async throws {
        let (lane, log) = (posting.lane, entry.log)
        try await journal.notePending()
        if journal.hasReacted(to: log, in: lane) { return }
        let decision = excluded.decision(on: log, of: lane.source)
        if decision == .skip { return try await journal.note(log, of: lane) }
        if log.isForgetting {
            try await pool.commit { db in
                try ParkedEvents.remove(log.stream, of: lane.source, in: db)
                try UnreadableMessages.remove(of: log.stream, in: db)
                try PendingErasureNotes.note(in: db)
            }
        }
        let isBehindParked = try await pool.read { try ParkedEvents.holds(log.stream, of: lane.source, in: $0) }
        let reason = posting.parks[log.offset] ?? decision?.reason
        if isBehindParked || reason != nil {
            return try await journal.note(log, of: lane) { db in
                try ParkedEvents.park(log, of: lane.source, reason: isBehindParked ? nil : reason, in: db)
            }
        }
        guard let event = entry.event else { return }
        do {
            try await calls.react(to: event, from: log, of: lane.source)
        } catch let error where ReactionCalls<React>.blamesEvent(error) {
            let reason = "\(withoutRow(error))"
            throw EventFailure(lane: lane, entry: log, reason: reason, isFinal: error is UndecodableEvent)
        }
        try await journal.noteReacted(.init(entry: log, lane: lane, isParked: false))
    }
}
