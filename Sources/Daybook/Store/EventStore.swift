/// The place where events are kept: appended once, in order, never changed.
///
/// `verifyStoreContract` in DaybookTesting states what every store must do; ``InMemoryStore`` is the reference.
public protocol EventStore: Sendable {
    /// Appends all events of the request, with their integration events and the idempotency answer, or nothing.
    /// After success nothing is lost, whatever crashes.
    ///
    /// A key that is known gives the first answer again, before versions are looked at. So does an append whose event
    /// ids are stored already.
    ///
    /// - Throws: ``AppendError``.
    func append(_ request: AppendRequest) async throws -> CommandAnswer

    /// Appends several requests, to a stream each, all or none. A condition also looks at the events of the requests
    /// before it.
    ///
    /// - Returns: An answer to each.
    /// - Throws: ``AppendError`` of the first that cannot be made, ``AppendError/inconsistent(_:)`` among them.
    func append(_ requests: [AppendRequest]) async throws -> [CommandAnswer]

    /// The first answer to this key, if there was one.
    ///
    /// - Throws: ``AppendError/keyReused`` when it was the answer to another request.
    func answer(to record: IdempotencyRecord) async throws -> CommandAnswer?

    /// Events of a stream in the order of their versions; none when there is no such stream.
    func read(_ stream: StreamName, after version: StreamVersion, limit: Int) async throws -> [StoredEvent]

    /// Shows every event of a stream in the order of their versions, as they stand at one moment, without copying
    /// what is not asked for: the way in which aggregates are loaded.
    ///
    /// - Throws: What `body` throws, at the event at which it does.
    func replay(
        _ stream: StreamName, after version: StreamVersion, _ body: @escaping @Sendable (ReplayedEvent) throws -> Void
    ) async throws

    /// Events of the whole store in the order of their positions.
    func read(after position: Position, limit: Int) async throws -> [StoredEvent]

    /// Events of the whole store that a query means, in the order of their positions.
    func read(_ query: EventQuery, after position: Position, limit: Int) async throws -> [StoredEvent]

    /// Finds events of the whole store that a query means, from the start of a range.
    ///
    /// The work is bounded: a search may end before it has found as many as it may, or any at all. Another one goes on
    /// from where it has ended. Each looks at one event at least, if there is one.
    ///
    /// - Parameters:
    ///   - limit: Events to find, at most.
    ///   - maximumLooks: About so many events are looked at, at most, whether they turn out to be meant or not.
    /// - Returns: Their positions, as of one moment.
    func find(
        _ query: EventQuery, in range: EventRange, limit: Int, maximumLooks: Int
    ) async throws -> FoundEvents

    /// The events at positions, in the order of these. A position that the store does not have is passed over.
    func read(at positions: [Position]) async throws -> [StoredEvent]

    /// The version of a stream: that of its last event, 0 when there is no such stream.
    func version(of stream: StreamName) async throws -> StreamVersion

    /// The position of the last event.
    func head() async throws -> Position

    /// The last snapshot of a stream in this form; `nil` when there is none, or it is damaged.
    func snapshot(of stream: StreamName, schemaVersion: Int) async throws -> Snapshot?

    /// Keeps a snapshot in the place of an older one.
    ///
    /// - Throws: When it could not be stored, which harms nothing.
    func keep(_ snapshot: Snapshot) async throws

    /// Fires after every commit that appended events.
    var changes: Signal { get }
}

extension EventStore {
    // A store that keeps no snapshots is slower, and otherwise the same.
    public func snapshot(of stream: StreamName, schemaVersion: Int) async throws -> Snapshot? { nil }
    public func keep(_ snapshot: Snapshot) async throws {}
}
