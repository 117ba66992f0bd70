public import Daybook
public import DaybookAPI

/// The HTTP interface of a writer.
///
/// Every call throws ``DaybookClientError``, or `CancellationError` when its task is cancelled. What a writer sent is
/// given decoded and byte for byte, see ``Received``.
public struct WriterClient: Sendable {
    let connection: DaemonConnection
    /// The attempts that are made of a command with an idempotency key.
    public let retries: RetryPolicy

    /// A client of the writer at an endpoint.
    ///
    /// - Parameter retries: The attempts that are made of a command with an idempotency key. Nothing else is tried
    ///   again.
    public init(at endpoint: DaemonEndpoint, over session: DaemonSession, retries: RetryPolicy = .standard) {
        connection = DaemonConnection(endpoint: endpoint, session: session)
        self.retries = retries
    }

    /// The writer that is asked.
    public var endpoint: DaemonEndpoint { connection.endpoint }

    // MARK: Commands

    /// Sends a command and waits for the response. The events are stored when there is one.
    ///
    /// A command with an idempotency key is tried again when no response comes, or when the writer asks for that. A
    /// command without one is sent once: after ``DaybookClientError/unreachable(daemon:reason:)`` nobody knows whether
    /// it was carried out.
    ///
    /// - Parameter retries: The attempts to make of this command, instead of the client's. A command that has no key
    ///   gets a new one for them, a UUIDv7.
    /// - Returns: The version and the position that were reached, with the token for queries.
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with status 422 and a code of the domain when that
    ///   refuses, with 412 when the stream is not in the expected state.
    public func send(_ command: CommandMessage, retries: RetryPolicy? = nil) async throws -> Received<CommandResponse> {
        var command = command
        if let retries, retries.attempts > 1, command.idempotencyKey == nil {
            command.idempotencyKey = UniqueID.new().description
        }
        let request = command.request
        let policy = command.idempotencyKey == nil ? RetryPolicy.never : retries ?? self.retries
        return try await policy.run { try await connection.document(request) }
    }

    /// Destroys the personal data of an aggregate for good. It can be sent again, for the same response.
    ///
    /// Read models have erased the data once they have what the token in the response stands for.
    ///
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with status 404 when there is no such stream, and with
    ///   422 `no-key-file` when the writer stores personal data as they are.
    public func forget(
        _ stream: StreamName, actor: String? = nil, correlationID: String? = nil
    ) async throws -> Received<ForgettingResponse> {
        var headers: [APIHeader: String] = [:]
        headers[.actor] = actor
        headers[.correlationID] = correlationID
        let names = ["category": stream.category.description, "id": stream.id]
        let operation = WriterAPI.forgetting(in: "{category}")
        return try await connection.document(DaemonRequest(operation, names: names, headers: headers))
    }

    // MARK: States

    /// The state of an aggregate, now or at a moment, as its domain encodes it.
    ///
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with status 404 when there was no such aggregate then.
    public func state(
        of id: String, in category: StreamCategory, at moment: Moment? = nil
    ) async throws -> Received<StateResponse> {
        let query: [(String, String?)] =
            switch moment {
            case nil: []
            case .version(let version)?: [("at-version", version.description)]
            case .time(let time)?: [("at-time", time.description)]
            }
        let names = ["category": category.description, "id": id]
        let operation = WriterAPI.state(in: "{category}")
        return try await connection.document(DaemonRequest(operation, names: names, query: query))
    }

    /// The streams and commands at which the code of the writer ends the process, in the order of the streams.
    public func quarantine() async throws -> Received<QuarantineResponse> {
        try await connection.document(DaemonRequest(WriterAPI.quarantine))
    }
}
