public import DaybookAPI

/// Integration events of a partition in order and without gaps, read page by page as they are asked for.
///
/// Reading throws what ``LogPages`` throws. A sequence that is read again begins again.
public struct LogSequence: AsyncSequence, Sendable {
    public typealias Element = Received<LogEventResponse>

    /// The same events, a page at a time.
    public let pages: LogPages

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pages.makeAsyncIterator()) }

    /// A reader of events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var pages: LogPages.AsyncIterator
        private var page: ArraySlice<Received<LogEventResponse>> = []

        fileprivate init(_ pages: LogPages.AsyncIterator) { self.pages = pages }

        /// - Returns: The next event; `nil` after the last one, and after an error.
        public mutating func next() async throws -> Received<LogEventResponse>? {
            if page.isEmpty { page = (try await pages.next() ?? [])[...] }
            return page.popFirst()
        }
    }
}
