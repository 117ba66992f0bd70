import Daybook
public import DaybookAPI

/// The HTTP interface of a worker.
///
/// Every call throws ``DaybookClientError``, or `CancellationError` when its task is cancelled. What a worker sent is
/// given decoded and byte for byte, see ``Received``.
public struct WorkerClient: Sendable {
    let connection: DaemonConnection

    /// A client of the worker at an endpoint.
    public init(at endpoint: DaemonEndpoint, over session: DaemonSession) {
        connection = DaemonConnection(endpoint: endpoint, session: session)
    }

    /// The worker that is asked.
    public var endpoint: DaemonEndpoint { connection.endpoint }

    /// The progress of the worker's projection and of its reactions.
    public func projections() async throws -> Received<ProjectionsResponse> {
        try await connection.document(DaemonRequest(WorkerAPI.projections))
    }

    /// A client for what operators do with a projection or a reaction. Nothing is asked yet.
    public func projection(_ name: String) -> ProjectionClient {
        ProjectionClient(name: name, connection: connection)
    }

    /// The result of a query that a projection defines.
    ///
    /// - Parameters:
    ///   - path: The names in the path after `/v1`, such as `["users", "ada"]`.
    ///   - parameters: Values by name.
    ///   - token: The token of a command's response, whose effect the result then shows. With `nil`, the result is that
    ///     of the rows as they are.
    ///   - type: The type of the result. An `EncodedJSON` is any.
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with status 503 `not-yet` when the worker has waited in
    ///   vain for what the token stands for, with 409 `other-log` when its rows are of another log.
    public func query<Document: Decodable & Sendable>(
        _ path: [String], parameters: [String: String] = [:], token: String? = nil,
        as type: Document.Type = Document.self
    ) async throws -> Received<Document> {
        var headers: [APIHeader: String] = [:]
        headers[.token] = token
        let query = parameters.sorted { $0.key < $1.key }.map { ($0.key, Optional($0.value)) }
        return try await connection.document(DaemonRequest(query: path, parameters: query, headers: headers))
    }
}
