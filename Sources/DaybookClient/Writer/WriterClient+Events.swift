public import Daybook
public import DaybookAPI
import NIOHTTP1

/// Events. They come in the present schema: a stored event may be several, which have one position and version, or
/// none.
extension WriterClient {
    /// The position of the last event of the store, 0 if there is none, and the identity of its log.
    public func head() async throws -> EventPlace {
        let headers = try await connection.headers(DaemonRequest(WriterAPI.storeEvents, method: .HEAD))
        guard let epoch = headers[.epoch].flatMap({ Epoch($0) }),
            let number = headers[.head].flatMap({ Int64($0) }), number >= 0
        else { throw endpoint.unexpectedResponse("its head is no position") }
        return EventPlace(epoch: epoch, position: Position(rawValue: number))
    }

    /// The events of all streams after a place, up to the last one that there is.
    ///
    /// - Parameter place: With an epoch, events of another log are refused with `other-log`. Without one, those of the
    ///   log that the writer has are read, and of no other one.
    public func events(after place: EventPlace = EventPlace(position: .zero)) -> EventSequence {
        EventSequence(pages: EventPages(connection: connection, selection: .store(after: place), limit: .max))
    }

    /// The events of a stream after a version, up to the last one that there is.
    ///
    /// - Parameters:
    ///   - version: The version after which reading begins. One that the stream does not have is refused with
    ///     `beyond-head`.
    ///   - limit: Stored events, at most.
    ///   - withStates: `true` for each event with the state of its aggregate after it.
    public func events(
        of stream: StreamName, after version: StreamVersion = .zero, limit: Int = .max, withStates: Bool = false
    ) -> EventSequence {
        let selection = EventPages.Selection.stream(stream, after: version, withStates: withStates)
        return EventSequence(pages: EventPages(connection: connection, selection: selection, limit: limit))
    }

    /// The events of all streams after a place as they happen, until the writer ends the connection, as it does when
    /// it stops.
    public func tail(after place: EventPlace) -> EventTail { EventTail(connection: connection, place: place) }
}
