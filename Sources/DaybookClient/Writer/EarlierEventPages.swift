import Daybook
public import DaybookAPI

/// Pages of events that go back: the last page comes first, and the events of each page are in order.
///
/// A page has up to 1000 stored events, and fewer where they would have more than 8 MiB. It is read with a request of
/// its own when it is asked for, and is held as a whole. Reading throws ``DaybookClientError``, also when events are
/// not in order or of another log than those before, or `CancellationError`.
public struct EarlierEventPages: AsyncSequence, Sendable {
    public typealias Element = [Received<EventResponse>]

    /// The events to read.
    enum Selection: Sendable {
        case store(EventFilter)
        case stream(StreamName, withStates: Bool)
    }

    let connection: DaemonConnection
    let selection: Selection
    /// The position or version before which they are; `nil` for the end.
    let start: EventPlace?
    /// Stored events, at most.
    let limit: Int
    /// Bytes that a page may have, unless it has one event only.
    var maximumBytes = EventPages.bytes

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// A reader of pages.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let pages: EarlierEventPages
        private var place: EventPlace?
        /// The identity of the log; `nil` until the first page says it. The versions of a stream do not.
        private var epoch: Epoch?
        private var remaining: Int
        private var size = EventPages.size
        private var isDone = false

        fileprivate init(_ pages: EarlierEventPages) {
            self.pages = pages
            place = pages.start
            epoch = pages.start?.epoch
            remaining = pages.limit
        }

        /// - Returns: The page before the last one, which is not empty; `nil` after the first one of all, and after an
        ///   error.
        public mutating func next() async throws -> [Received<EventResponse>]? {
            while !isDone, remaining > 0 {
                isDone = true
                size = Swift.min(size, remaining)
                guard let page = try await readPage() else {
                    size = Swift.max(1, size / 4)
                    isDone = false
                    continue
                }
                remaining -= page.stored
                epoch = epoch ?? page.events.first?.document.epoch ?? page.next?.epoch
                if let next = page.next {
                    place = next
                    isDone = false
                }
                if !page.events.isEmpty { return page.events }
            }
            return nil
        }

        private struct Page {
            var events: [Received<EventResponse>] = []
            /// Stored events, of which one may be several events.
            var stored = 0
            /// The place before which the next one is.
            var next: EventPlace?
        }

        /// - Returns: `nil` when it has too many bytes to be held.
        private func readPage() async throws -> Page? {
            let endpoint = pages.connection.endpoint
            var lines = try await pages.connection.lines(request)
            var page = Page(next: try lines.nextPage(from: endpoint))
            var cursor = EventCursor(epoch: epoch, after: 0)
            var bytes = 0
            while let line = try await lines.next() {
                if line.isEmpty { continue }
                let event = try Received<EventResponse>(line, from: endpoint)
                let number = self.number(of: event.document)
                bytes += line.count
                if bytes > pages.maximumBytes, size > 1 { return nil }
                page.stored += page.events.isEmpty || number != cursor.last ? 1 : 0
                do {
                    try cursor.take(number: number, epoch: event.document.epoch)
                } catch {
                    throw endpoint.unexpectedResponse("\(error)")
                }
                page.events.append(event)
            }
            try check(page, through: cursor.last)
            return page
        }

        /// Refuses a page that is not before the last one, and pages that do not go on.
        private func check(_ page: Page, through last: Int64) throws {
            let endpoint = pages.connection.endpoint
            let end = place?.position.rawValue ?? .max
            guard last < end else { throw endpoint.unexpectedResponse("\(EventCursor.Disorder.outOfOrder)") }
            guard let next = page.next else { return }
            let first = page.events.first.map { number(of: $0.document) } ?? end
            guard next.position.rawValue < end, next.position.rawValue <= first else {
                throw endpoint.unexpectedResponse("\(EventCursor.Disorder.standstill)")
            }
        }

        private func number(of event: EventResponse) -> Int64 {
            switch pages.selection {
            case .store: event.position.rawValue
            case .stream: event.version.rawValue
            }
        }

        private var request: DaemonRequest {
            let size = String(size)
            let range: [(String, String?)] =
                if let place { [("before", place.description), ("limit", size)] } else { [("last", size)] }
            switch pages.selection {
            case .store(let filter):
                return DaemonRequest(WriterAPI.storeEvents, query: range + filter.pairs, accept: .lines)
            case .stream(let stream, let withStates):
                let states: [(String, String?)] = [("states", withStates ? "true" : nil)]
                let names = ["stream": stream.description]
                return DaemonRequest(WriterAPI.streamEvents, names: names, query: range + states, accept: .lines)
            }
        }
    }
}
