import Synchronization

/// Loads aggregates, lets them decide and appends what they decided.
public struct Repository<Subject: Aggregate>: Sendable {
    let store: any EventStore
    let codec: EventCodec<Subject>
    let now: @Sendable () -> Timestamp
    let attempts: Int
    let cache: AggregateCache<Subject>
    let snapshots: SnapshotTaker<Subject>
    let marks: (any CodeMarks)?

    /// - Parameters:
    ///   - attempts: How often a command is decided anew when another one changed the stream meanwhile.
    ///   - cached: How many aggregates are kept in memory between commands. A command that finds its aggregate there
    ///     is decided on it only if the store then appends to just that version.
    ///   - marks: Notes of the domain's code that runs; none where a trap may end the process without a trace.
    ///   - now: Tells when events occur.
    ///   - makeID: Gives an event that occurred at this time its id.
    public init(
        store: any EventStore, attempts: Int = 20, cached: Int = 0, marks: (any CodeMarks)? = nil,
        now: @escaping @Sendable () -> Timestamp = Timestamp.now,
        makeID: @escaping @Sendable (Timestamp) -> EventID = { .new(at: $0) }
    ) {
        self.store = store
        codec = EventCodec(makeID: makeID)
        self.attempts = attempts
        self.now = now
        cache = AggregateCache(limit: cached)
        self.marks = marks
        snapshots = SnapshotTaker(store: store, marks: marks)
    }

    /// Runs code of the domain, with a note of what it works on where such notes are kept.
    func marked<Value>(_ work: @autoclosure () -> MarkedWork, _ body: () throws -> Value) throws -> Value {
        guard let marks else { return try body() }
        return try marks.marking(work(), body)
    }

    /// The aggregate as it stands now; at version 0 in its initial state when it has no events.
    ///
    /// - Throws: ``NameError`` for an impossible id, ``CodecError`` for an event that cannot be read.
    public func load(_ id: String) async throws -> Loaded<Subject> {
        let stream = try StreamName(category: Subject.category, id: id)
        if let known = cache[stream] { return try await current(stream, from: known) }
        return try await begin(stream)
    }

    /// Folds from the last snapshot on, or from the beginning.
    func begin(_ stream: StreamName) async throws -> Loaded<Subject> {
        let known = await snapshots.begin(stream)
        let loaded = try await current(stream, from: known)
        if Subject.snapshots.wantsOne(replayed: loaded.version - known.version) { snapshots.take(loaded, of: stream) }
        return loaded
    }

    /// Folds what came after `known`.
    func current(_ stream: StreamName, from known: Loaded<Subject>) async throws -> Loaded<Subject> {
        let folding = Mutex(known)
        try await store.replay(stream, after: known.version) { event in
            try folding.withLock { loaded in
                // Where there are no marks, each of very many events is spared the way to them.
                if marks == nil {
                    try codec.decode(event, of: stream) { loaded.aggregate.apply($0) }
                } else {
                    try marked(.stored(stream, event.version)) {
                        try codec.decode(event, of: stream) { loaded.aggregate.apply($0) }
                    }
                }
                loaded.version = event.version
            }
        }
        return folding.withLock { $0 }
    }

    /// Executes a command.
    ///
    /// The events that it makes are folded before they are appended: what ends the process, or cannot be read back, is
    /// not stored.
    ///
    /// - Parameters:
    ///   - expected: What the caller takes the stream to be; a command that finds it otherwise is not retried.
    ///   - idempotency: With a key that was answered before, the first answer is given again and nothing else happens.
    ///   - text: The command as it was sent, for the notes of what runs.
    /// - Returns: The answer, a refusal by the domain included.
    /// - Throws: ``AppendError``, ``NameError``, ``CodecError``, ``Quarantined``.
    @discardableResult
    public func execute(
        _ command: Subject.Command, on id: String, expecting expected: ExpectedVersion = .any,
        metadata: EventMetadata = .new(), idempotency: IdempotencyRecord? = nil, text: CommandText = .none
    ) async throws -> CommandAnswer {
        try await execute(on: id, expecting: expected, metadata: metadata, idempotency: idempotency, text: text) {
            (aggregate) throws(Subject.Failure) in try aggregate.handle(command)
        }
    }

    /// Executes a decision that is no command of the domain's.
    ///
    /// - Parameter decide: Sees the aggregate as it stands; may be asked again when another one was faster.
    @discardableResult
    public func execute(
        on id: String, expecting expected: ExpectedVersion = .any, metadata: EventMetadata = .new(),
        idempotency: IdempotencyRecord? = nil, text: CommandText = .none,
        _ decide: (Subject) throws(Subject.Failure) -> [Subject.Event]
    ) async throws -> CommandAnswer {
        let stream = try StreamName(category: Subject.category, id: id)
        if let idempotency, let earlier = try await store.answer(to: idempotency) { return earlier }
        var execution = Execution(
            stream: stream, expected: expected, metadata: try metadata.encoded(), idempotency: idempotency, text: text,
            drops: cache.drops, known: cache[stream])
        var number = 0
        while true {
            number += 1
            let failure: AppendError
            switch try await attempt(&execution, by: decide) {
            case .accepted(let answer, let before, let folded):
                keep(folded, after: before, with: answer, by: execution)
                return answer
            case .unchanged(let answer, let loaded), .refused(let answer, let loaded):
                keep(loaded, after: loaded.version, with: answer, by: execution)
                return answer
            case .repeated(let answer): return answer
            case .unexpected(let conflict):
                cache.forget(stream)
                throw conflict
            case .outdated(let present):
                cache.forget(stream)
                execution.known = present
                failure = .contended(stream)
            case .overtaken(let conflict):
                cache.forget(stream)
                failure = conflict
            case .disputed(let tags, let condition):
                execution.disputed = tags
                failure = condition
            }
            if number >= attempts { throw failure }
        }
    }

    /// What a command would append, without appending it: to be appended together with others, see
    /// ``EventStore/append(_:)-(_)``.
    ///
    /// - Throws: ``Refusal`` when the domain refuses; ``NameError``, ``CodecError``, ``Quarantined``.
    public func decide(
        _ command: Subject.Command, on id: String, metadata: EventMetadata = .new(), text: CommandText = .none
    ) async throws -> AppendRequest {
        let stream = try StreamName(category: Subject.category, id: id)
        let loaded = try await begin(stream)
        let metadataBytes = try metadata.encoded()
        func decided(_ lookup: Lookup) throws -> Decision {
            try marked(.new(stream, text)) {
                try self.decided(
                    { (aggregate) throws(Subject.Failure) in try aggregate.handle(command) }, on: loaded, of: stream,
                    metadataBytes, lookup)
            }
        }
        var decision = try decided(Lookup())
        if !decision.claims.isEmpty {
            var lookup = Lookup()
            try await look(at: decision.claims, for: stream, &lookup)
            decision = try decided(lookup)
        }
        if let refusal = decision.refusal { throw refusal }
        return AppendRequest(
            stream: stream, expected: .exactly(loaded.version), events: decision.events,
            conditions: decision.conditions)
    }

    /// The JSON of an aggregate's state.
    ///
    /// - Throws: `EncodingError`, ``NameError``, ``Quarantined``.
    public func encoded(_ loaded: Loaded<Subject>, of id: String) throws -> [UInt8] {
        let stream = try StreamName(category: Subject.category, id: id)
        return try marked(.stored(stream, loaded.version)) { try JSON.encode(loaded.aggregate) }
    }

    /// Forgets what is kept of an aggregate in memory, also what a command that runs would keep.
    ///
    /// - Throws: ``NameError`` for an impossible id.
    public func dropCached(_ id: String) throws {
        cache.drop(try StreamName(category: Subject.category, id: id))
    }
}
