public import Daybook
import GRDB

/// The parked events of a reaction.
extension SQLiteReactionState {
    /// One page of the parked events.
    public func parked(_ selection: ParkedSelection) async throws -> ParkedPage {
        try await pool.read { try ParkedEvents.page(selection, in: $0) }
    }

    /// The number of parked events.
    public func parkedCount() async throws -> Int { try await pool.read { try ParkedEvents.count(in: $0) } }

    /// The number of messages that are kept because they could not be read.
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
        while let isDone = try await oneAtATime.withLock({ try await retryFirst(of: stream, source, &outcome) }) {
            if !isDone { return outcome }
        }
        return outcome
    }

    /// - Returns: `true` when it was reacted to; `nil` when nothing of the stream is parked any more.
    private func retryFirst(of stream: String, _ source: Source, _ outcome: inout ParkedOutcome) async throws -> Bool? {
        // A retry before this one has reacted to it.
        if try await journal.notePending(of: stream, source) { outcome.posted += 1 }
        guard let entry = try await first(of: stream, source) else { return nil }
        do {
            if let event = try decode(entry) { try await calls.react(to: event, from: entry, of: source) }
        } catch {
            let reason = "\(withoutRow(error))"
            outcome.reason = reason
            // What passes is not why it is parked.
            if ReactionCalls<React>.blamesEvent(error) {
                try await pool.commit { try ParkedEvents.note(reason, on: entry, of: source, in: $0) }
            }
            return false
        }
        let lane = Lane(source: source, partition: entry.place.partition)
        try await journal.noteReacted(.init(entry: entry, lane: lane, isParked: true))
        outcome.posted += 1
        return true
    }

    /// Gives up the first parked event of a stream, and reacts to those behind it; `nil` when nothing of it is parked.
    ///
    /// - Throws: ``ForgettingNotSkipped`` when it says that the stream is forgotten, `DatabaseError`.
    public func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        let isThere = try await oneAtATime.withLock {
            // A retry has reacted to the first one, which the operator saw: it was not given up, nor is the next one.
            if try await journal.notePending(of: stream, source) { return true }
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
