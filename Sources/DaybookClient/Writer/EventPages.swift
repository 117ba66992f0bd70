import Daybook
public import DaybookAPI

/// Pages of events, each read with a request of its own when it is asked for.
///
/// A page has up to 1000 stored events, and ends earlier after 8 MiB. It is held as a whole, so that its reader may
/// take any time. Reading throws ``DaybookClientError``, also when events are not in order or of another log than those
/// before, or `CancellationError`.
public struct EventPages: AsyncSequence, Sendable {
    public typealias Element = [Received<EventResponse>]

    /// The events to read.
    enum Selection: Sendable {
        case store(after: EventPlace, EventFilter)
        case stream(StreamName, after: StreamVersion, withStates: Bool)
    }

    let connection: DaemonConnection
    let selection: Selection
    /// Stored events, at most.
    let limit: Int

    /// Stored events of a page, the most that a writer hands out at once.
    static let size = 1000
    /// Bytes after which a page ends.
    static let bytes = 8 << 20

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// A reader of pages.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let pages: EventPages
        private var cursor: EventCursor
        private var remaining: Int
        private var isDone = false

        fileprivate init(_ pages: EventPages) {
            self.pages = pages
            remaining = pages.limit
            switch pages.selection {
            case .store(let place, _): cursor = EventCursor(epoch: place.epoch, after: place.position.rawValue)
            case .stream(_, let version, _): cursor = EventCursor(after: version.rawValue)
            }
        }

        /// - Returns: The next page, which is not empty; `nil` after the last one, and after an error.
        public mutating func next() async throws -> [Received<EventResponse>]? {
            while !isDone, remaining > 0 {
                isDone = true
                let size = Swift.min(remaining, EventPages.size)
                let start = cursor.settled
                let page = try await readPage(of: size)
                cursor.settle()
                remaining -= page.stored
                if let next = page.next, !page.isCut {
                    // A filter may have let nothing of it through.
                    do { try cursor.move(to: next, from: start) } catch {
                        throw pages.connection.endpoint.unexpectedResponse("\(error)")
                    }
                    isDone = false
                } else {
                    isDone = !page.isCut && (isFiltered || page.stored < size)
                }
                if !page.events.isEmpty { return page.events }
            }
            return nil
        }

        private struct Page {
            var events: [Received<EventResponse>] = []
            /// Stored events, of which one may be several events.
            var stored = 0
            /// `true` when it ends early.
            var isCut = false
            /// The place where the next one begins; `nil` where the writer does not say.
            var next: EventPlace?
        }

        private mutating func readPage(of size: Int) async throws -> Page {
            let endpoint = pages.connection.endpoint
            var lines = try await pages.connection.lines(request(for: size))
            var page = Page(next: try lines.nextPage(from: endpoint))
            var bytes = 0
            while let line = try await lines.next() {
                if line.isEmpty { continue }
                let event = try Received<EventResponse>(line, from: endpoint)
                let number = self.number(of: event.document)
                let isPart = page.stored > 0 && number == cursor.last
                // Not between the parts of one stored event: reading would go on after all of them.
                if bytes >= EventPages.bytes && !isPart {
                    page.isCut = true
                    return page
                }
                do {
                    try cursor.take(number: number, epoch: event.document.epoch)
                } catch {
                    throw endpoint.unexpectedResponse("\(error)")
                }
                page.events.append(event)
                page.stored += isPart ? 0 : 1
                bytes += line.count
            }
            return page
        }

        private func number(of event: EventResponse) -> Int64 {
            switch pages.selection {
            case .store: event.position.rawValue
            case .stream: event.version.rawValue
            }
        }

        /// `true` when a page may have less than was asked for, although others follow.
        private var isFiltered: Bool {
            guard case .store(_, let filter) = pages.selection else { return false }
            return !filter.isEmpty
        }

        private func request(for size: Int) -> DaemonRequest {
            switch pages.selection {
            case .store(_, let filter):
                let place = EventPlace(epoch: cursor.epoch, position: Position(rawValue: cursor.settled))
                let query: [(String, String?)] = [("after", place.description), ("limit", String(size))]
                return DaemonRequest(WriterAPI.storeEvents, query: query + filter.pairs, accept: .lines)
            case .stream(let stream, _, let withStates):
                let query: [(String, String?)] = [
                    ("after", String(cursor.settled)), ("limit", String(size)),
                    ("states", withStates ? "true" : nil),
                ]
                let names = ["stream": stream.description]
                return DaemonRequest(WriterAPI.streamEvents, names: names, query: query, accept: .lines)
            }
        }
    }
}

extension ResponseLines {
    /// The place where the next page of events begins; `nil` where the response does not say.
    ///
    /// - Throws: ``DaybookClientError``.
    func nextPage(from endpoint: DaemonEndpoint) throws -> EventPlace? {
        guard let text = headers[.next] else { return nil }
        guard let place = EventPlace(text) else {
            throw endpoint.unexpectedResponse("the place of its next page is none")
        }
        return place
    }
}

extension EventFilter {
    /// The parameters of a request.
    var pairs: [(String, String?)] { query.map { ($0.name, Optional($0.value)) } }
}
