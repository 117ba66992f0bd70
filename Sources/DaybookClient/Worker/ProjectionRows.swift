import Daybook
public import DaybookAPI

/// The rows of a projection's tables as they arrive: the progress of a build where there is one, then each table's head
/// and rows, and the end.
///
/// The request is made when the first line is asked for. The worker breaks off for a reader that takes nothing for
/// 30 seconds. Reading throws ``DaybookClientError``, also when the lines end without ``RowsResponse/end(_:)``, and for
/// the problem that a worker sends in its place; or `CancellationError`.
public struct ProjectionRows: AsyncSequence, Sendable {
    public typealias Element = Received<RowsResponse>

    let connection: DaemonConnection
    let request: DaemonRequest

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// A reader of rows.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let rows: ProjectionRows
        private var lines: ResponseLines?
        private var isWhole = false

        fileprivate init(_ rows: ProjectionRows) { self.rows = rows }

        /// - Returns: The next line; `nil` after the end.
        public mutating func next() async throws -> Received<RowsResponse>? {
            let endpoint = rows.connection.endpoint
            if lines == nil { lines = try await rows.connection.lines(rows.request) }
            while let line = try await lines?.next() {
                if line.isEmpty { continue }
                let row = try Received<RowsResponse>(line, from: endpoint)
                switch row.document {
                case .problem(let problem): throw DaybookClientError.problem(problem.problem, retryAfter: nil)
                case .end: isWhole = true
                case .progress, .head, .row: break
                }
                return row
            }
            guard isWhole else { throw endpoint.unexpectedResponse("it broke off") }
            return nil
        }
    }
}
