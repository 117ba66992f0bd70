import Daybook
import DaybookAPI

/// Events as they happen.
///
/// The connection is made when the first event is asked for. The sequence ends when the writer does; it throws
/// ``DaybookClientError`` when the connection breaks, is silent for a minute, or has events out of order, and
/// `CancellationError`. Go on after the last ``TailEvent/place``.
public struct EventTail: AsyncSequence, Sendable {
    public typealias Element = TailEvent

    let connection: DaemonConnection
    let place: EventPlace
    let filter: EventFilter

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// A reader of events as they happen.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let tail: EventTail
        private var cursor: EventCursor
        private var lines: ResponseLines?
        private var messages = ServerSentEvents()

        fileprivate init(_ tail: EventTail) {
            self.tail = tail
            cursor = EventCursor(epoch: tail.place.epoch, after: tail.place.position.rawValue)
        }

        /// - Returns: The next event; `nil` when the writer has ended the connection.
        public mutating func next() async throws -> TailEvent? {
            if lines == nil {
                let query: [(String, String?)] = [("after", tail.place.description)] + tail.filter.pairs
                let request = DaemonRequest(WriterAPI.storeEvents, query: query, accept: .serverSentEvents)
                lines = try await tail.connection.lines(request)
            }
            while let line = try await lines?.next() {
                if let message = messages.take(line) { return try event(in: message) }
            }
            return nil
        }

        private mutating func event(in message: ServerSentEvents.Message) throws -> TailEvent {
            let endpoint = tail.connection.endpoint
            let event = try Received<EventResponse>(message.data, from: endpoint)
            let place = event.document.place
            do {
                try cursor.take(number: place.position.rawValue, epoch: event.document.epoch)
            } catch {
                throw endpoint.unexpectedResponse("\(error)")
            }
            guard let id = message.id else { return TailEvent(event: event, place: nil) }
            guard EventPlace(id) == place else {
                throw endpoint.unexpectedResponse("the id of an event is not its place")
            }
            // What was one event once may be several: only after the last of them can reading go on.
            cursor.settle()
            return TailEvent(event: event, place: place)
        }
    }
}
