public import DaybookAPI

/// Events in order, read page by page as they are asked for.
///
/// Reading throws ``DaybookClientError``, also when events are not in order or of another log than those before, or
/// `CancellationError`. A sequence that is read again begins again.
public struct EventSequence: AsyncSequence, Sendable {
    public typealias Element = Received<EventResponse>

    /// The same events, a page at a time.
    public let pages: EventPages

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pages.makeAsyncIterator()) }

    /// A reader of events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var pages: EventPages.AsyncIterator
        private var page: ArraySlice<Received<EventResponse>> = []

        fileprivate init(_ pages: EventPages.AsyncIterator) { self.pages = pages }

        /// - Returns: The next event; `nil` after the last one, and after an error.
        public mutating func next() async throws -> Received<EventResponse>? {
            if page.isEmpty { page = (try await pages.next() ?? [])[...] }
            return page.popFirst()
        }
    }
}
