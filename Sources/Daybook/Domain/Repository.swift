import Synchronization

/// Loads aggregates, lets them decide and appends what they decided.
public struct Repository<Subject: Aggregate>: Sendable {
    let store: any EventStore
    let codec: EventCodec<Subject>
    private let now: @Sendable () -> Timestamp
    let attempts: Int
    private let cache: AggregateCache<Subject>
    private let snapshots: SnapshotTaker<Subject>

    /// - Parameters:
    ///   - attempts: How often a command is decided anew when another one changed the stream meanwhile.
    ///   - cached: How many aggregates are kept in memory between commands. A command that finds its aggregate there
    ///     is decided on it only if the store then appends to just that version.
    ///   - now: Tells when events occur.
    ///   - makeID: Gives an event that occurred at this time its id.
    public init(
        store: any EventStore, attempts: Int = 20, cached: Int = 0,
        now: @escaping @Sendable () -> Timestamp = Timestamp.now,
        makeID: @escaping @Sendable (Timestamp) -> EventID = { .new(at: $0) }
    ) {
        self.store = store
        codec = EventCodec(makeID: makeID)
        self.attempts = attempts
        self.now = now
        cache = AggregateCache(limit: cached)
        snapshots = SnapshotTaker(store: store)
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
    private func begin(_ stream: StreamName) async throws -> Loaded<Subject> {
        let known = await snapshots.begin(stream)
        let loaded = try await current(stream, from: known)
        if Subject.snapshots.wantsOne(replayed: loaded.version - known.version) { snapshots.take(loaded, of: stream) }
        return loaded
    }

    /// Folds what came after `known`.
    private func current(_ stream: StreamName, from known: Loaded<Subject>) async throws -> Loaded<Subject> {
        let folding = Mutex(known)
        try await store.replay(stream, after: known.version) { [codec] event in
            try folding.withLock { loaded in
                try codec.decode(event, of: stream) { loaded.aggregate.apply($0) }
                loaded.version = event.version
            }
        }
        return folding.withLock { $0 }
    }

    /// Executes a command.
    ///
    /// - Parameters:
    ///   - expected: What the caller takes the stream to be; a command that finds it otherwise is not retried.
    ///   - idempotency: With a key that was answered before, the first answer is given again and nothing else happens.
    /// - Returns: The answer, a refusal by the domain included.
    /// - Throws: ``AppendError``, ``NameError``, ``CodecError``.
    @discardableResult
    public func execute(
        _ command: Subject.Command, on id: String, expecting expected: ExpectedVersion = .any,
        metadata: EventMetadata = .new(), idempotency: IdempotencyRecord? = nil
    ) async throws -> CommandAnswer {
        try await execute(on: id, expecting: expected, metadata: metadata, idempotency: idempotency) {
            (aggregate) throws(Subject.Failure) in try aggregate.handle(command)
        }
    }

    /// Executes a decision that is no command of the domain's.
    ///
    /// - Parameter decide: Sees the aggregate as it stands; may be asked again when another one was faster.
    @discardableResult
    public func execute(
        on id: String, expecting expected: ExpectedVersion = .any, metadata: EventMetadata = .new(),
        idempotency: IdempotencyRecord? = nil, _ decide: (Subject) throws(Subject.Failure) -> [Subject.Event]
    ) async throws -> CommandAnswer {
        let stream = try StreamName(category: Subject.category, id: id)
        if let idempotency, let earlier = try await store.answer(to: idempotency) { return earlier }
        let metadataBytes = try metadata.encoded()
        var lookup = Lookup()
        let drops = cache.drops
        var known = cache[stream]
        var attempt = 0
        while true {
            attempt += 1
            let isCached = known != nil
            var loaded: Loaded<Subject>
            if let known { loaded = known } else { loaded = try await begin(stream) }
            known = nil
            var request = AppendRequest(
                stream: stream, expected: .exactly(loaded.version), events: [], idempotency: idempotency)
            var claims: [Tag] = []
            if expected.accepts(loaded.version) {
                let decision = Decision(of: loaded.aggregate, decide)
                request.events = try encode(decision.events, metadataBytes)
                claims = self.claims(of: request.events)
                request.conditions = conditions(on: claims, lookup)
                if let failure = decision.failure ?? claims.first(where: lookup.taken.contains).flatMap(Subject.taken) {
                    request.refusal = Refusal(code: failure.code, message: failure.message)
                    (request.events, request.conditions) = ([], [])
                }
            }
            if request.events.isEmpty && isCached {
                // No append will check the version: see what came since.
                known = try await current(stream, from: loaded)
                cache.forget(stream)
                if known?.version != loaded.version { continue }
                known = nil
            }
            guard expected.accepts(loaded.version) else {
                // The same command may have been answered since: then it is what moved the version.
                if let idempotency, let earlier = try await store.answer(to: idempotency) { return earlier }
                throw AppendError.conflict(stream, expected: expected, actual: loaded.version)
            }
            if request.events.isEmpty && idempotency == nil {
                cache.keep(loaded, for: stream, asOf: drops)
                return CommandAnswer(stream: stream, version: loaded.version, refusal: request.refusal)
            }
            do {
                let answer = try await store.append(request)
                keep(&loaded, after: request, answer, asOf: drops)
                return answer
            } catch AppendError.conflict(_, _, let actual) {
                cache.forget(stream)
                if attempt < attempts && expected.accepts(actual) { continue }
                throw AppendError.conflict(stream, expected: expected, actual: actual)
            } catch let error as AppendError {
                guard case .conditionFailed = error, attempt < attempts else { throw error }
                try await look(at: claims, for: stream, &lookup)
            }
        }
    }

    /// What a command would append, without appending it: to be appended together with others, see
    /// ``EventStore/append(_:)-(_)``.
    ///
    /// - Throws: ``Refusal`` when the domain refuses; ``NameError``, ``CodecError``.
    public func decide(
        _ command: Subject.Command, on id: String, metadata: EventMetadata = .new()
    ) async throws -> AppendRequest {
        let stream = try StreamName(category: Subject.category, id: id)
        let loaded = try await begin(stream)
        let decision = Decision(of: loaded.aggregate) {
            (aggregate) throws(Subject.Failure) in try aggregate.handle(command)
        }
        let events = try encode(decision.events, metadata.encoded())
        let claims = claims(of: events)
        var lookup = Lookup()
        try await look(at: claims, for: stream, &lookup)
        if let failure = decision.failure ?? lookup.taken.first.flatMap(Subject.taken) {
            throw Refusal(code: failure.code, message: failure.message)
        }
        return AppendRequest(
            stream: stream, expected: .exactly(loaded.version), events: events,
            conditions: conditions(on: claims, lookup))
    }

    /// Forgets what is kept of an aggregate in memory, also what a command that runs would keep.
    ///
    /// - Throws: ``NameError`` for an impossible id.
    public func dropCached(_ id: String) throws {
        cache.drop(try StreamName(category: Subject.category, id: id))
    }

    /// Keeps the aggregate as its stored events make it, not as the decided ones would.
    private func keep(
        _ loaded: inout Loaded<Subject>, after request: AppendRequest, _ answer: CommandAnswer, asOf drops: Int
    ) {
        guard !answer.isRepeated, answer.version == loaded.version + Int64(request.events.count) else { return }
        for event in request.events {
            do {
                try event.data.withUnsafeBytes { data in
                    let replayed = ReplayedEvent(
                        version: loaded.version.next, type: event.type, schemaVersion: event.schemaVersion, data: data)
                    try codec.decode(replayed, of: request.stream) { loaded.aggregate.apply($0) }
                }
            } catch { return }
            loaded.version = loaded.version.next
        }
        cache.keep(loaded, for: request.stream, asOf: drops)
        let before = loaded.version + -Int64(request.events.count)
        if Subject.snapshots.wantsOne(appendedFrom: before, to: loaded.version) {
            snapshots.take(loaded, of: request.stream)
        }
    }

    private struct Decision {
        var events: [Subject.Event] = []
        var failure: Subject.Failure?

        init(of aggregate: Subject, _ decide: (Subject) throws(Subject.Failure) -> [Subject.Event]) {
            do { events = try decide(aggregate) } catch { failure = error }
        }
    }

    private func encode(_ events: [Subject.Event], _ metadata: [UInt8]) throws -> [NewEvent] {
        let time = now()
        return try events.map { try codec.encode($0, metadata: metadata, occurredAt: time) }
    }
}

/// An aggregate and the version it was folded to.
public struct Loaded<Subject: Aggregate>: Sendable {
    public var aggregate = Subject()
    public var version = StreamVersion.zero
}
