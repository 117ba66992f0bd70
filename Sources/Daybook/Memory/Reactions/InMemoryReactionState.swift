import Synchronization

/// The state of a reaction in memory, as the one that reacts has it.
final class InMemoryReactionState<React: Reaction>: ReactionState {
    private let reaction: React
    private let states: InMemoryReactionStates
    private let lock: GenerationLock
    private let timeout: Duration
    private let decoder = EventDecoder<React.Event>()
    private let isEnding = Mutex(false)
    /// One event at a time, be it that it came or that it was parked: so the order of streams holds.
    private let turn = AsyncMutex()

    init(_ reaction: React, in states: InMemoryReactionStates, lock: GenerationLock, timeout: Duration) {
        self.reaction = reaction
        self.states = states
        self.lock = lock
        self.timeout = timeout
    }

    private var record: ReactionRecord { states.record(of: React.name) }

    private func change<Value: Sendable>(_ body: (inout ReactionRecord) throws -> Value) throws -> Value {
        try states.change(React.name, body)
    }

    // MARK: Where it begins

    func isActivated(for source: Source) async throws -> Bool { record.activated.contains(source) }

    func activate(for source: Source, after checkpoints: [Lane: Checkpoint]) async throws {
        try change { record in
            for (lane, checkpoint) in checkpoints {
                guard record.checkpoints[lane] == nil else { throw Fenced(lane: lane) }
                record.checkpoints[lane] = checkpoint
            }
            record.activated.insert(source)
        }
    }

    func move(to checkpoints: [Lane: Checkpoint]) async throws {
        try await turn.withLock {
            try change { record in
                for (lane, checkpoint) in checkpoints {
                    record.checkpoints[lane] = checkpoint
                    record.reacted[lane] = nil
                }
            }
        }
    }

    // MARK: Reacting

    func end() { isEnding.withLock { $0 = true } }

    func checkpoints() async throws -> [Lane: Checkpoint] { record.checkpoints }

    func decode(_ entry: LogEntry) throws -> (any DecodedEvent)? { try decoder.decode(entry) }

    /// - Returns: Nothing: what a reaction calls may be away, so each event has all its attempts.
    @discardableResult
    func apply(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws -> [EventFailure] {
        for posting in postings {
            for entry in posting.entries { try await turn.withLock { try await settle(entry, of: posting) } }
        }
        try change { try $0.commit(postings, keeping: unreadable) }
        return []
    }

    /// - Returns: `true`, as nothing is left of what was removed.
    func erasePending() async throws -> Bool { true }

    private func settle(_ entry: PostingEntry, of posting: Posting) async throws {
        let (lane, log) = (posting.lane, entry.log)
        if let done = record.reacted[lane], log.offset <= done { return }
        if log.isForgetting { try change { $0.forget(log.stream, of: lane.source) } }
        let isBehindParked = record.parked.hold(log.stream, of: lane.source)
        let reason = posting.parks[log.offset]
        if isBehindParked || reason != nil {
            return try change { record in
                record.parked.park(log, of: lane.source, reason: isBehindParked ? nil : reason)
                record.reacted[lane] = log.offset
            }
        }
        guard let event = entry.event else { return }
        do { try await react(to: event, from: log, of: lane.source) } catch let error where Self.blamesEvent(error) {
            throw EventFailure(
                lane: lane, entry: log, reason: "\(error)", isFinal: error is UndecodableEvent)
        }
        try change { $0.reacted[lane] = log.offset }
    }

    private static func blamesEvent(_ error: any Error) -> Bool { !(error is NotNow) && !(error is CancellationError) }

    private func react(to event: any DecodedEvent, from entry: LogEntry, of source: Source) async throws {
        if isEnding.withLock({ $0 }) { throw CancellationError() }
        guard let events = try decoder.events(in: event, of: entry) else { return }
        for (part, event) in events.all.enumerated() {
            let key = "\(React.name)/\(source)/\(entry.id)" + (part == 0 ? "" : "/\(part)")
            try await withTimeout(timeout) { [reaction] in
                try await reaction.react(to: event, from: entry, key: key)
            }
        }
    }

    // MARK: Parked events

    func parked(_ selection: ParkedSelection) async throws -> ParkedPage { record.parked.page(selection) }

    func parkedCount() async throws -> Int { record.parked.count }

    func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        let outcome = try await letGo(stream, of: source)
        return outcome.isOfNothing ? nil : outcome
    }

    func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        let isThere = try await turn.withLock {
            guard let entry = record.parked.first(of: stream, source) else { return false }
            if entry.isForgetting { throw ForgettingNotSkipped(entry, advice: "mend the reaction, and retry it") }
            try change { $0.parked.removeFirst(of: stream, source) }
            return true
        }
        return isThere ? try await letGo(stream, of: source) : nil
    }

    private func letGo(_ stream: String, of source: Source) async throws -> ParkedOutcome {
        var outcome = ParkedOutcome(stream: stream, posted: 0)
        while outcome.reason == nil {
            let isOver = try await turn.withLock { try await retryFirst(of: stream, source, &outcome) }
            if isOver { break }
        }
        return outcome
    }

    /// - Returns: `true` when nothing of the stream is parked any more.
    private func retryFirst(of stream: String, _ source: Source, _ outcome: inout ParkedOutcome) async throws -> Bool {
        guard let entry = record.parked.first(of: stream, source) else { return true }
        do {
            if let event = try decode(entry) { try await react(to: event, from: entry, of: source) }
        } catch {
            let reason = "\(error)"
            outcome.reason = reason
            // What passes is not why it is parked.
            if Self.blamesEvent(error) { try change { $0.parked.note(reason, onFirstOf: stream, source) } }
            return false
        }
        try change { $0.parked.removeFirst(of: stream, source) }
        outcome.posted += 1
        return false
    }
}
