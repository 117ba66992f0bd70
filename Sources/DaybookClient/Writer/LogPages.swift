import Daybook
public import DaybookAPI

/// Pages of integration events of a partition, each read with a request of its own when it is asked for.
///
/// A page has up to 1000 events, and ends earlier after about 1 MiB. Reading ends with the page that reaches the end of
/// the partition. It throws ``DaybookClientError``, also when events are not in order, do not follow each other without
/// a gap, or are of another log than those before; or `CancellationError`.
public struct LogPages: AsyncSequence, Sendable {
    public typealias Element = [Received<LogEventResponse>]

    let connection: DaemonConnection
    let start: PartitionCursor

    /// Events of a page, the most that a writer hands out at once.
    private static let size = 1000

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// A reader of pages.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let pages: LogPages
        private var cursor: PartitionCursor
        private var isDone = false

        fileprivate init(_ pages: LogPages) {
            self.pages = pages
            cursor = pages.start
        }

        /// - Returns: The next page, which is not empty; `nil` after the last one, and after an error.
        public mutating func next() async throws -> [Received<LogEventResponse>]? {
            guard !isDone else { return nil }
            isDone = true
            let endpoint = pages.connection.endpoint
            let request = DaemonRequest.log(of: cursor.partition, after: cursor.place, limit: LogPages.size)
            let page: Received<Page> = try await pages.connection.document(request)
            let events = try page.document.events.map { event in
                let received = try Received<LogEventResponse>(event.bytes, from: endpoint)
                do { try cursor.take(received.document) } catch { throw endpoint.unexpectedResponse("\(error)") }
                return received
            }
            isDone = cursor.place.offset >= page.document.head
            // Pages that do not go on would never end.
            guard isDone || !events.isEmpty else {
                throw endpoint.unexpectedResponse("\(EventCursor.Disorder.standstill)")
            }
            return events.isEmpty ? nil : events
        }
    }

    /// A page with its events byte for byte.
    private struct Page: Decodable {
        let head: Offset
        let events: [EncodedJSON]
    }
}

extension DaemonRequest {
    /// A request for integration events of a partition.
    static func log(
        of partition: Partition, after place: PartitionPlace, limit: Int?, accept: APIMediaType = .json
    ) -> DaemonRequest {
        let query: [(String, String?)] = [("after", place.description), ("limit", limit.map { String($0) })]
        let names = ["partition": String(partition.index)]
        return DaemonRequest(WriterAPI.log, names: names, query: query, accept: accept)
    }
}
