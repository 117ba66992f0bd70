import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird

/// A request for events of a store: where they begin, and which of them are meant.
struct EventRequest {
    /// `true` when the response goes on with what happens.
    let isLive: Bool
    let range: EventRange
    /// Stored events, at most.
    let limit: Int
    let filter: EventFilter

    /// - Parameters:
    ///   - epoch: The identity of the store's log.
    ///   - head: The position of its last event.
    /// - Throws: `QueryError` at parameters that make no sense, and what ``ReadingStart`` throws at a place.
    init(_ request: Request, epoch: Epoch, head: Position) throws {
        let parameters = try request.parameters(WriterAPI.storeEvents.parameters)
        let hasSeenEvents = ReadingStart.lastEventID(in: request) != nil
        isLive = request.headers[.accept]?.contains(APIMediaType.serverSentEvents.rawValue) == true
        filter = try EventFilter(parameters)
        try parameters.refuseSeveralPlaces()
        for name in ["before", "limit"] where isLive && parameters[name] != nil {
            throw QueryError("\(name) does not go with a live tail")
        }
        if hasSeenEvents, parameters["before"] != nil {
            throw QueryError("before does not go with Last-Event-ID")
        }
        let start = ReadingStart(unit: .position, epoch: epoch, head: head.rawValue)
        // What a browser remembers wins over what the page said at first.
        let last = hasSeenEvents ? nil : parameters.number("last")
        if let end = try start.end(in: parameters) {
            range = .before(Position(rawValue: end))
        } else if last != nil {
            range = .before(head.next)
        } else {
            range = .after(Position(rawValue: try start.number(in: request, parameters: parameters)))
        }
        limit = last ?? parameters.limit()
    }
}
