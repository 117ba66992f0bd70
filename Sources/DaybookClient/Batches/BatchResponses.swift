import AsyncHTTPClient
public import DaybookAPI

/// The responses to a batch of commands, in the order in which they are done.
///
/// The commands are sent when the first response is asked for, and further ones as responses are taken. Reading throws
/// ``DaybookClientError``, also when the writer ends the batch early, or `CancellationError`. After an error, commands
/// without a response may have been carried out all the same. A sequence that is read again sends its commands again:
/// those with an idempotency key are carried out once only.
public struct BatchResponses: AsyncSequence, Sendable {
    public typealias Element = Received<BatchResponse>

    let connection: DaemonConnection
    let body: HTTPClientRequest.Body

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// A reader of responses.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let responses: BatchResponses
        private var lines: ResponseLines?
        private var isDone = false

        fileprivate init(_ responses: BatchResponses) { self.responses = responses }

        /// - Returns: The next response; `nil` after the last one, and after an error.
        public mutating func next() async throws -> Received<BatchResponse>? {
            guard !isDone else { return nil }
            isDone = true
            let connection = responses.connection
            if lines == nil {
                let request = DaemonRequest(WriterAPI.batch, lines: responses.body, accept: .lines)
                lines = try await connection.lines(request)
            }
            guard let line = try await lines?.next() else { return nil }
            let response = try Received<BatchResponse>(line, from: connection.endpoint)
            // It answers no command: the writer does not read the rest.
            if response.document.line == nil { _ = try response.document.get() }
            isDone = false
            return response
        }
    }
}

extension BatchResponse {
    /// The response to the command.
    ///
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` when it was refused.
    public func get() throws(DaybookClientError) -> CommandResponse {
        switch self {
        case .result(let result): return result.response
        case .problem(let refused):
            throw .problem(refused.problem, retryAfter: refused.retryAfter.map { Duration.seconds($0) })
        }
    }
}
