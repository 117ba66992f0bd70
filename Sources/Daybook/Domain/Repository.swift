/// Loads aggregates, lets them decide and appends what they decided.
public struct Repository<Subject: Aggregate>: Sendable {
    private let store: any EventStore
    private let codec = EventCodec<Subject>()
    private let now: @Sendable () -> Timestamp
    private let attempts: Int

    /// - Parameter attempts: How often a command is decided anew when another one changed the stream meanwhile.
    public init(store: any EventStore, attempts: Int = 20, now: @escaping @Sendable () -> Timestamp = Timestamp.now) {
        self.store = store
        self.attempts = attempts
        self.now = now
    }

    /// The aggregate as it stands now; at version 0 in its initial state when it has no events.
    ///
    /// - Throws: ``NameError`` for an impossible id, ``CodecError`` for an event that cannot be read.
    public func load(_ id: String) async throws -> Loaded<Subject> {
        var loaded = Loaded(aggregate: Subject(), version: StreamVersion.zero)
        let stream = try StreamName(category: Subject.category, id: id)
        while true {
            let page = try await store.read(stream, after: loaded.version, limit: 1000)
            for stored in page {
                loaded.aggregate.apply(try codec.decode(stored))
                loaded.version = stored.version
            }
            if page.count < 1000 { return loaded }
        }
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
        let stream = try StreamName(category: Subject.category, id: id)
        if let idempotency, let earlier = try await store.answer(to: idempotency) { return earlier }
        let metadataBytes = try metadata.encoded()
        var attempt = 0
        while true {
            attempt += 1
            let loaded = try await load(id)
            guard expected.accepts(loaded.version) else {
                // The same command may have been answered since: then it is what moved the version.
                if let idempotency, let earlier = try await store.answer(to: idempotency) { return earlier }
                throw AppendError.conflict(stream, expected: expected, actual: loaded.version)
            }
            var request = AppendRequest(
                stream: stream, expected: .exactly(loaded.version), events: [], idempotency: idempotency)
            switch decision(of: loaded.aggregate, on: command) {
            case .success(let events): request.events = try encode(events, metadataBytes)
            case .failure(let failure): request.refusal = Refusal(code: failure.code, message: failure.message)
            }
            if request.events.isEmpty && idempotency == nil {
                return CommandAnswer(stream: stream, version: loaded.version, refusal: request.refusal)
            }
            do {
                return try await store.append(request)
            } catch AppendError.conflict(_, _, let actual) {
                if attempt < attempts && expected.accepts(actual) { continue }
                throw AppendError.conflict(stream, expected: expected, actual: actual)
            }
        }
    }

    private func decision(of aggregate: Subject, on command: Subject.Command) -> Result<
        [Subject.Event], Subject.Failure
    > {
        do { return .success(try aggregate.handle(command)) } catch { return .failure(error) }
    }

    private func encode(_ events: [Subject.Event], _ metadata: [UInt8]) throws -> [NewEvent] {
        let time = now()
        return try events.map { try codec.encode($0, metadata: metadata, occurredAt: time) }
    }
}

/// An aggregate and the version it was folded to.
public struct Loaded<Subject: Aggregate>: Sendable {
    public var aggregate: Subject
    public var version: StreamVersion
}
