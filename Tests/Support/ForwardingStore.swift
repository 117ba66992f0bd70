public import Daybook

/// A store that hands on to another one what it does not do itself.
public protocol ForwardingStore: EventStore {
    associatedtype Inner: EventStore
    var inner: Inner { get }
}

extension ForwardingStore {
    public var changes: Signal { inner.changes }

    public func append(_ request: AppendRequest) async throws -> CommandAnswer { try await inner.append(request) }

    public func append(_ requests: [AppendRequest]) async throws -> [CommandAnswer] {
        try await inner.append(requests)
    }

    public func answer(to record: IdempotencyRecord) async throws -> CommandAnswer? {
        try await inner.answer(to: record)
    }

    public func read(_ stream: StreamName, after version: StreamVersion, limit: Int) async throws -> [StoredEvent] {
        try await inner.read(stream, after: version, limit: limit)
    }

    public func replay(
        _ stream: StreamName, after version: StreamVersion, _ body: @escaping @Sendable (ReplayedEvent) throws -> Void
    ) async throws {
        try await inner.replay(stream, after: version, body)
    }

    public func read(after position: Position, limit: Int) async throws -> [StoredEvent] {
        try await inner.read(after: position, limit: limit)
    }

    public func read(_ query: EventQuery, after position: Position, limit: Int) async throws -> [StoredEvent] {
        try await inner.read(query, after: position, limit: limit)
    }

    public func find(
        _ query: EventQuery, in range: EventRange, limit: Int, maximumLooks: Int
    ) async throws -> FoundEvents {
        try await inner.find(query, in: range, limit: limit, maximumLooks: maximumLooks)
    }

    public func read(at positions: [Position]) async throws -> [StoredEvent] { try await inner.read(at: positions) }

    public func version(of stream: StreamName) async throws -> StreamVersion { try await inner.version(of: stream) }

    public func head() async throws -> Position { try await inner.head() }
}
