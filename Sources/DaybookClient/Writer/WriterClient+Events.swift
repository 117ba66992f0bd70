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

    /// The identity of the store's log, and where the store and each partition of the log end.
    public func heads() async throws -> Received<HeadResponse> {
        try await connection.document(DaemonRequest(WriterAPI.head))
    }

    // MARK: All streams

    /// The events of all streams after a place, up to the last one that there is.
    ///
    /// - Parameters:
    ///   - place: With an epoch, events of another log are refused with `other-log`. Without one, those of the log that
    ///     the writer has are read, and of no other one.
    ///   - filter: The events that are meant.
    ///   - limit: Stored events, at most.
    public func events(
        after place: EventPlace = EventPlace(position: .zero), matching filter: EventFilter = EventFilter(),
        limit: Int = .max
    ) -> EventSequence {
        let selection = EventPages.Selection.store(after: place, filter)
        return EventSequence(pages: EventPages(connection: connection, selection: selection, limit: limit))
    }

    /// The events of all streams before a place, page by page: the last page comes first.
    ///
    /// - Parameters:
    ///   - place: `nil` for the end of the store. With an epoch, events of another log are refused with `other-log`.
    ///   - filter: The events that are meant.
    ///   - limit: Stored events, at most.
    public func earlierEvents(
        before place: EventPlace? = nil, matching filter: EventFilter = EventFilter(), limit: Int = .max
    ) -> EarlierEventPages {
        EarlierEventPages(connection: connection, selection: .store(filter), start: place, limit: limit)
    }

    /// The last events of all streams, in order. They are held as a whole: ask for few.
    ///
    /// - Parameters:
    ///   - count: Stored events, of which one may be several events.
    ///   - filter: The events that are meant.
    public func lastEvents(
        _ count: Int, matching filter: EventFilter = EventFilter()
    ) async throws -> [Received<EventResponse>] {
        var pages: [[Received<EventResponse>]] = []
        for try await page in earlierEvents(matching: filter, limit: count) { pages.append(page) }
        return Array(pages.reversed().joined())
    }

    /// The events of all streams after a place as they happen, until the writer ends the connection, as it does when
    /// it stops.
    public func tail(after place: EventPlace, matching filter: EventFilter = EventFilter()) -> EventTail {
        EventTail(connection: connection, place: place, filter: filter)
    }

    // MARK: One stream

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

    /// The events of a stream before a version, page by page: the last page comes first.
    ///
    /// - Parameters:
    ///   - version: `nil` for the end of the stream. One that is beyond the version after the last one is refused with
    ///     `beyond-head`.
    ///   - limit: Stored events, at most.
    ///   - withStates: `true` for each event with the state of its aggregate after it.
    public func earlierEvents(
        of stream: StreamName, before version: StreamVersion? = nil, limit: Int = .max, withStates: Bool = false
    ) -> EarlierEventPages {
        let start = version.map { EventPlace(position: Position(rawValue: $0.rawValue)) }
        return EarlierEventPages(
            connection: connection, selection: .stream(stream, withStates: withStates), start: start, limit: limit)
    }
}
