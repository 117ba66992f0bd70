import Daybook
public import DaybookAPI

/// Integration events of a partition as they happen, in order and without gaps.
///
/// The connection is made when the first event is asked for. The sequence ends when the writer does; it throws
/// ``DaybookClientError`` when the connection breaks, is silent for a minute, or has events out of order, and
/// `CancellationError`. Go on after the place of the last event.
public struct PartitionTail: AsyncSequence, Sendable {
    public typealias Element = Received<LogEventResponse>

    let connection: DaemonConnection
    let start: PartitionCursor

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// A reader of events as they happen.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let connection: DaemonConnection
        private var cursor: PartitionCursor
        private var lines: ResponseLines?
        private var messages = ServerSentEvents()

        fileprivate init(_ tail: PartitionTail) {
            connection = tail.connection
            cursor = tail.start
        }

        /// - Returns: The next event; `nil` when the writer has ended the connection.
        public mutating func next() async throws -> Received<LogEventResponse>? {
            if lines == nil {
                let request = DaemonRequest.log(
                    of: cursor.partition, after: cursor.place, limit: nil, accept: .serverSentEvents)
                lines = try await connection.lines(request)
            }
            while let line = try await lines?.next() {
                if let message = messages.take(line) { return try event(in: message) }
            }
            return nil
        }

        private mutating func event(
            in message: ServerSentEvents.Message
        ) throws -> Received<LogEventResponse> {
            let event = try Received<LogEventResponse>(message.data, from: connection.endpoint)
            do { try cursor.take(event.document) } catch {
                throw connection.endpoint.unexpectedResponse("\(error)")
            }
            guard message.id == event.document.place.description else {
                throw connection.endpoint.unexpectedResponse("the id of an event is not its place")
            }
            return event
        }
    }
}
