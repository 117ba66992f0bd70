public import Daybook
public import DaybookAPI

/// Events that could not be posted, and messages that could not be read.
extension ProjectionClient {
    // MARK: Parked events

    /// The first parked event of each stream, in the order of their sources, partitions and offsets.
    ///
    /// - Parameters:
    ///   - stream: The name of the streams that are meant, which several sources may have; `nil` for all.
    ///   - includesWaiting: `true` for those that wait behind the first ones, too.
    public func parked(inStreams stream: String? = nil, includesWaiting: Bool = false) -> ParkedPages {
        let filters: [(String, String?)] = [("stream", stream), ("waiting", includesWaiting ? "true" : nil)]
        return ParkedPages(
            connection: connection, operation: WorkerAPI.parked, names: ["name": name], filters: filters)
    }

    /// The parked events of one stream, in order. Without any, the first page is refused with 404 `not-parked`.
    public func parked(in stream: String, of source: Source) -> ParkedPages {
        let names = Self.names(stream: stream, source: source).merging(["name": name]) { $1 }
        return ParkedPages(
            connection: connection, operation: WorkerAPI.parkedOfStream, names: names, filters: [])
    }

    /// Posts what is parked of a stream, in order, as far as it goes.
    ///
    /// - Returns: The number of events that were posted, and the reason why the next one still cannot be.
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with 404 `not-parked` when nothing of it is parked.
    public func retryParked(_ stream: String, of source: Source) async throws -> Received<ParkedRetryResponse> {
        try await call(WorkerAPI.retryParked, names: Self.names(stream: stream, source: source))
    }

    /// Gives up the first parked event of a stream, for this and all later generations, and posts the rest.
    ///
    /// - Returns: The number of events that were posted, and the reason why the next one still cannot be.
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with 404 `not-parked` when nothing of it is parked, with
    ///   409 `forgetting-not-skipped` when the event says that its stream is forgotten.
    public func skipParked(_ stream: String, of source: Source) async throws -> Received<ParkedRetryResponse> {
        try await call(WorkerAPI.skipParked, names: Self.names(stream: stream, source: source))
    }

    private static func names(stream: String, source: Source) -> [String: String] {
        ["source": source.description, "stream": stream]
    }

    // MARK: Unreadable messages

    /// The messages that are kept because they could not be read, oldest first, without their attributes and bodies.
    public func unreadableMessages() async throws -> Received<UnreadableResponse> {
        try await call(WorkerAPI.unreadableMessages)
    }

    /// A message that is kept, whole.
    ///
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with 404 `not-kept` when there is none of this number.
    public func unreadableMessage(_ id: Int64) async throws -> Received<UnreadableMessageReport> {
        try await call(WorkerAPI.unreadableMessage, names: ["id": String(id)])
    }

    /// Drops a message that is kept.
    ///
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with 404 `not-kept` when there is none of this number.
    public func dropUnreadableMessage(_ id: Int64) async throws -> Received<DroppedResponse> {
        try await call(WorkerAPI.dropUnreadableMessage, names: ["id": String(id)])
    }

    /// Drops all messages that are kept.
    public func dropUnreadableMessages() async throws -> Received<DroppedResponse> {
        try await call(WorkerAPI.dropUnreadableMessages)
    }
}
