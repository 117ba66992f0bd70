import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird

/// The events of a stream and those of the store, as NDJSON; the latter also as a live tail over SSE.
///
/// Nothing of another log is served as if it were this one's: each event carries the epoch, and who goes on behind an
/// event that this log does not have is refused.
struct EventRoutes {
    let store: any EventStore
    /// The identity of the store's log.
    let epoch: Epoch
    /// What can fold the events of a category.
    let served: [StreamCategory: CommandHandler.Served]
    /// The longest silence of a live tail.
    var heartbeat = Duration.seconds(15)

    private var lines: EventLines { EventLines(epoch: epoch) }

    private static let page = 50

    /// The query parameters of the routes.
    static let parameters = RouteParameters([WriterAPI.streamEvents, WriterAPI.storeEvents])

    func add(to router: Router<BasicRequestContext>) {
        router.serve(WriterAPI.streamEvents) { request, context in
            try await stream(try context.pathParameter("stream"), request)
        }
        router.serve(WriterAPI.storeEvents) { request, _ in
            let parameters = try request.parameters(WriterAPI.storeEvents.parameters)
            let head = try await store.head()
            let place = ReadingStart(unit: .position, epoch: epoch, head: head.rawValue)
            let start = try place.number(in: request, parameters: parameters)
            let isLive = request.headers[.accept]?.contains(APIMediaType.serverSentEvents.rawValue) == true
            if isLive, parameters["limit"] != nil { throw QueryError("limit does not go with a live tail") }
            let position = Position(rawValue: start)
            let response = isLive ? tail(from: position) : events(Range(after: start, limit: parameters.limit()))
            return response.naming(epoch, head: head)
        }
    }

    private func stream(_ name: String, _ request: Request) async throws -> Response {
        let stream: StreamName
        do { stream = try StreamName(name) } catch {
            throw Problem(code: .invalidStream, detail: "\(error)")
        }
        let parameters = try request.parameters(WriterAPI.streamEvents.parameters)
        let range = Range(after: Int64(parameters.number("after") ?? 0), limit: parameters.limit())
        // Versions have no gaps: what is after the one before it is it.
        let before = StreamVersion(rawValue: max(0, range.after - 1))
        if try await store.read(stream, after: before, limit: 1).isEmpty {
            guard try await !store.read(stream, after: .zero, limit: 1).isEmpty else {
                throw Problem(code: .notFound, detail: "there is no stream \(stream)")
            }
            throw Problem(code: .beyondHead, detail: "\(stream) has no version \(range.after)")
        }
        if parameters.flag("states") == true { return try await states(of: stream, range) }
        return ndjson(range, next: \.version.rawValue) { [store] after, limit in
            try await store.read(stream, after: StreamVersion(rawValue: after), limit: limit)
        }
    }

    /// Each event with the state after it.
    private func states(of stream: StreamName, _ range: Range) async throws -> Response {
        guard let served = served[stream.category] else {
            throw Problem(code: .notFound, detail: "nothing here folds \(stream.category)")
        }
        let body = ResponseBody { [lines] writer in
            var (page, count) = ([UInt8](), 0)
            try await served.states(stream.id, StreamVersion(rawValue: range.after)) { event, state in
                let parts = upcast(event)
                if parts.isEmpty { return true }
                for part in parts { page += try lines.line(part, state: EncodedJSON(state)) }
                count += 1
                if count % Self.page == 0 {
                    try await writer.write(ByteBuffer(bytes: page))
                    page = []
                }
                return count < range.limit
            }
            if !page.isEmpty { try await writer.write(ByteBuffer(bytes: page)) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: APIMediaType.lines.rawValue], body: body)
    }

    private func events(_ range: Range) -> Response {
        ndjson(range, next: \.position.rawValue) { [store] after, limit in
            try await store.read(after: Position(rawValue: after), limit: limit)
        }
    }

    /// Everything after `position`, then what comes, until the client goes or the daemon stops.
    func tail(from position: Position) -> Response {
        LiveTail(changes: store.changes, heartbeat: heartbeat).response(after: position.rawValue) { after in
            let page = try await store.read(after: Position(rawValue: after), limit: Self.page)
            guard let last = page.last else { return nil }
            let events = try page.flatMap { try lines.serverSentEvents(of: upcast($0)) }
            return (events: events, last: last.position.rawValue)
        }
    }

    /// An event in the present schema, where its category is served here. One that cannot be brought there is shown as
    /// it is stored: it must not hide all that come after it.
    private func upcast(_ event: StoredEvent) -> [StoredEvent] {
        guard let served = served[event.stream.category] else { return [event] }
        do { return try served.upcast(event) } catch { return [event] }
    }

    /// Writes page by page, so that a long answer is never held whole. What is counted are stored events: one that is
    /// several now counts once, and one that is none any more does not count.
    private func ndjson(
        _ range: Range, next: @escaping @Sendable (StoredEvent) -> Int64,
        read: @escaping @Sendable (Int64, Int) async throws -> [StoredEvent]
    ) -> Response {
        let body = ResponseBody { [lines] writer in
            var (after, left) = (range.after, range.limit)
            while left > 0, case let page = try await read(after, min(left, Self.page)), let last = page.last {
                let events = page.map { upcast($0) }
                try await writer.write(ByteBuffer(bytes: events.joined().flatMap { try lines.line($0) }))
                (after, left) = (next(last), left - events.count(where: { !$0.isEmpty }))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: APIMediaType.lines.rawValue], body: body)
    }

    /// Which events are asked for.
    private struct Range {
        /// Versions or positions.
        let after: Int64
        let limit: Int
    }
}
