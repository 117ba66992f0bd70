import Daybook
import DaybookAPI
import DaybookService
import Hummingbird

/// The events of a stream and those of the store, as NDJSON; the latter also as a live tail over SSE.
///
/// Nothing of another log is served as if it were this one's: each event carries the epoch, and who goes on behind an
/// event that this log does not have is refused.
struct EventRoutes {
    let store: any EventStore
    /// The identity of the store's log.
    let epoch: Epoch
    /// The code that can fold the events of a category.
    let served: [StreamCategory: CommandHandler.Served]
    /// The longest silence of a live tail.
    var heartbeat = Duration.seconds(15)
    /// Events that are looked at for one page, and before a client of a live tail hears how far it is.
    var maximumLooks = 10_000

    private var lines: EventLines { EventLines(epoch: epoch) }

    /// The query parameters of the routes.
    static let parameters = RouteParameters([WriterAPI.streamEvents, WriterAPI.storeEvents])

    func add(to router: Router<BasicRequestContext>) {
        StreamRoute(store: store, epoch: epoch, served: served).add(to: router)
        router.serve(WriterAPI.storeEvents) { request, _ in try await response(to: request) }
    }

    func response(to request: Request) async throws -> Response {
        let head = try await store.head()
        let wanted = try EventRequest(request, epoch: epoch, head: head)
        let present = PresentEvents(served: served, filter: wanted.filter)
        if case .after(let position) = wanted.range {
            if wanted.isLive { return tail(from: position, showing: present).naming(epoch, head: head) }
            if wanted.filter.isEmpty {
                let numbers = EventNumbers(after: position.rawValue, limit: wanted.limit)
                return Response.lines(following(numbers, present)).naming(epoch, head: head)
            }
        }
        let found = try await store.find(
            present.query, in: wanted.range, limit: wanted.limit, maximumLooks: maximumLooks)
        if wanted.isLive {
            let start = found.positions.first?.previous ?? head
            return tail(from: start, showing: present).naming(epoch, head: head)
        }
        let page = Response.lines(EventBodies(lines: lines, present: present).body(at: found.positions, in: store))
        guard found.isComplete else {
            let next = EventPlace(epoch: epoch, position: found.end)
            return page.naming(epoch, head: head).continued(at: next.description)
        }
        // Who comes again goes on after all that was looked at.
        if case .after = wanted.range { return page.naming(epoch, head: found.end) }
        return page.naming(epoch, head: head)
    }

    private func following(_ numbers: EventNumbers, _ present: PresentEvents) -> ResponseBody {
        let bodies = EventBodies(lines: lines, present: present)
        return bodies.body(of: numbers, number: \.position.rawValue) { [store] after, limit in
            try await store.read(after: Position(rawValue: after), limit: limit)
        }
    }

    // MARK: Live

    /// Everything after `position`, then what comes, until the client goes or the daemon stops.
    func tail(from position: Position) -> Response { tail(from: position, showing: PresentEvents(served: served)) }

    private func tail(from position: Position, showing present: PresentEvents) -> Response {
        var tail = LiveTail(changes: store.changes, heartbeat: heartbeat)
        if !present.filter.isEmpty {
            // Who comes again need not look again at what a filter has left out.
            tail.sign = { [lines] in lines.progress(through: Position(rawValue: $0)) }
        }
        return tail.response(after: position.rawValue) { after in
            try await batch(after: Position(rawValue: after), showing: present)
        }
    }

    /// The next events that are shown. A client hears how far a search is that has found none.
    private func batch(after position: Position, showing present: PresentEvents) async throws -> LiveTail.Batch {
        let found = try await nextEvents(after: position, showing: present)
        var text = try found.events.flatMap { try lines.serverSentEvents(of: present.parts(of: $0)) }
        if text.isEmpty, !found.isComplete { text = lines.progress(through: found.end) }
        return LiveTail.Batch(events: text, end: found.end.rawValue, isComplete: found.isComplete)
    }

    /// The next stored events, up to where they are all, and whether nothing comes after that now.
    private func nextEvents(
        after position: Position, showing present: PresentEvents
    ) async throws -> (events: [StoredEvent], end: Position, isComplete: Bool) {
        if present.filter.isEmpty {
            let events = try await store.read(after: position, limit: EventBodies.batch)
            return (events, events.last?.position ?? position, events.count < EventBodies.batch)
        }
        let found = try await store.find(
            present.query, in: .after(position), limit: EventBodies.batch, maximumLooks: maximumLooks)
        return (try await store.read(at: found.positions), found.end, found.isComplete)
    }
}
