import Daybook
public import DaybookAPI

/// Pages of parked events, each read with a request of its own when it is asked for.
///
/// A page has up to 1000 events, and may be empty. Reading throws ``DaybookClientError``, or `CancellationError`.
public struct ParkedPages: AsyncSequence, Sendable {
    public typealias Element = Received<ParkedResponse>

    let connection: DaemonConnection
    let operation: DaybookAPI.Operation
    /// The values of the parameters in its path.
    let names: [String: String]
    let filters: [(String, String?)]

    /// Events of a page, the most that a worker hands out at once.
    private static let size = 1000

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// A reader of pages.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let pages: ParkedPages
        private var place: String?
        private var isDone = false

        fileprivate init(_ pages: ParkedPages) { self.pages = pages }

        /// - Returns: The next page; `nil` after the last one, and after an error.
        public mutating func next() async throws -> Received<ParkedResponse>? {
            if isDone { return nil }
            isDone = true
            let limit: [(String, String?)] = [("limit", String(ParkedPages.size))]
            let query = limit + pages.filters + [("after", place)]
            let connection = pages.connection
            let page: Received<ParkedResponse> = try await connection.document(
                DaemonRequest(pages.operation, names: pages.names, query: query))
            guard let next = page.document.next else { return page }
            // Pages that do not go on would never end.
            guard next != place else { throw connection.endpoint.unexpectedResponse("its pages do not go on") }
            place = next
            isDone = false
            return page
        }
    }
}
