import Synchronization

/// A generation in memory, as one worker has opened it.
final class InMemoryGeneration<Projection: InMemoryProjection>: Generation {
    let number: Int
    private let generations: InMemoryGenerations
    private let code: InMemoryCode<Projection>
    /// Its role in the read model when it was opened, or last changed here.
    private let role: Mutex<GenerationRole>

    /// - Throws: ``StoreError`` when there is none of that number, or it is of another projection or version.
    init(_ number: Int, in generations: InMemoryGenerations, _ code: InMemoryCode<Projection>) throws {
        let state = try generations.existing(number)
        guard state.projection == Projection.name, state.version == Projection.version else {
            throw StoreError(
                "the read model is of \(state.projection) version \(state.version), the code is \(Projection.name) "
                    + "version \(Projection.version)")
        }
        self.number = number
        self.generations = generations
        self.code = code
        role = Mutex(state.record.role)
    }

    /// The generation as it is now.
    ///
    /// - Throws: ``StoreError`` when it is gone.
    func state() throws -> GenerationState { try generations.existing(number) }

    // MARK: Posting

    func checkpoints() async throws -> [Lane: Checkpoint] { try state().checkpoints }

    func decode(_ entry: LogEntry) throws -> (any DecodedEvent)? { try code.decode(entry) }

    /// - Returns: Nothing: each event has all its attempts.
    @discardableResult
    func apply(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws -> [EventFailure] {
        let known = role.withLock { $0 }
        try generations.change(number) { state in
            guard state.record.role == known else {
                throw Fenced("generation \(number) is \(state.record.role) now and no longer \(known)")
            }
            try state.apply(postings, keeping: unreadable, with: code)
        }
        return []
    }

    // MARK: What it is to its read model

    func record() async throws -> GenerationRecord { try state().record }

    func update(_ change: @escaping @Sendable (inout GenerationRecord) -> Void) async throws {
        let changed = try generations.change(number) { state in
            change(&state.record)
            return state.record.role
        }
        role.withLock { $0 = changed }
    }

    /// Does nothing: there are no crashes that a process survives.
    func countCrash() async throws {}

    /// Does nothing: there are no indexes.
    func finish() async throws {}

    func hasRows() async throws -> Bool { try state().tables.haveRows }

    /// - Returns: `true`, as nothing is left of what was removed.
    func erasePending() async throws -> Bool { true }

    // MARK: What is set aside

    func parked(_ selection: ParkedSelection) async throws -> ParkedPage { try state().parked.page(selection) }

    func parkedCount() async throws -> Int { try state().parked.count }

    func failures() async throws -> ParkedFailures? { try state().parked.failures }

    func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        let outcome = try generations.change(number) { $0.letGo(stream, of: source, with: code) }
        return outcome.isOfNothing ? nil : outcome
    }

    func retryAllParked() async throws { try generations.change(number) { $0.retryAll(with: code) } }

    func skipParked(
        _ stream: String, of source: Source
    ) async throws -> (skipped: String?, outcome: ParkedOutcome) {
        try generations.change(number) { try $0.skipParked(stream, of: source, with: code) }
    }

    func skip(_ events: [SkippedEvent]) async throws {
        try generations.change(number) { $0.skip(events, with: code) }
    }
}
