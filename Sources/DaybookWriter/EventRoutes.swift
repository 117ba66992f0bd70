import Daybook
import DaybookService
import HTTPTypes
import Hummingbird
import ServiceLifecycle

/// `GET /v1/streams/{stream}` and `GET /v1/events`, as NDJSON; the latter also as a live tail over SSE.
struct EventRoutes {
    let store: any EventStore
    /// What can fold the events of a category.
    let served: [StreamCategory: CommandHandler.Served]

    private static let page = 50

    private static let after = QueryParameter("after", .number(0...Int.max), purpose: "only events after this one")
    private static let ofStream = [
        after, .limit, QueryParameter("states", .flag, purpose: "each with the state after it"),
    ]
    private static let ofStore = [after, .limit]

    /// The query parameters of the routes.
    static let parameters: RouteParameters = ["/v1/streams/{stream}": ofStream, "/v1/events": ofStore]

    func add(to router: Router<BasicRequestContext>) {
        router.get("v1/streams/{stream}") { request, context in
            try await stream(try context.pathParameter("stream"), request)
        }
        router.get("v1/events") { request, _ in
            let range = try Range(request, try request.parameters(Self.ofStore))
            return request.headers[.accept]?.contains("text/event-stream") == true
                ? tail(from: range.after) : events(range)
        }
    }

    private func stream(_ name: String, _ request: Request) async throws -> Response {
        let stream: StreamName
        do { stream = try StreamName(name) } catch {
            throw Problem(.badRequest, code: "invalid-stream", detail: "\(error)")
        }
        let parameters = try request.parameters(Self.ofStream)
        let range = try Range(request, parameters)
        if try await store.read(stream, after: .zero, limit: 1).isEmpty {
            throw Problem(.notFound, code: "not-found", detail: "there is no stream \(stream)")
        }
        if parameters.flag("states") == true { return try await states(of: stream, range) }
        return ndjson(range, next: \.version.rawValue) { [store] after, limit in
            try await store.read(stream, after: StreamVersion(rawValue: after), limit: limit)
        }
    }

    /// Each event with the state after it.
    private func states(of stream: StreamName, _ range: Range) async throws -> Response {
        guard let served = served[stream.category] else {
            throw Problem(.notFound, code: "not-found", detail: "nothing here folds \(stream.category)")
        }
        let body = ResponseBody { writer in
            var (page, count) = ([UInt8](), 0)
            try await served.states(stream.id, StreamVersion(rawValue: range.after)) { event, state in
                let parts = upcast(event)
                if parts.isEmpty { return true }
                for part in parts { page += EventJSON.line(part, state: state) }
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
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    private func events(_ range: Range) -> Response {
        ndjson(range, next: \.position.rawValue) { [store] after, limit in
            try await store.read(after: Position(rawValue: after), limit: limit)
        }
    }

    /// Everything after `position`, then what comes, until the client goes or the daemon stops.
    private func tail(from position: Int64) -> Response {
        let body = ResponseBody { [store] writer in
            // The first byte goes at once, so that the client sees the connection stand.
            try await writer.write(ByteBuffer(string: ":\n\n"))
            let wake = Signal()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask { while (try? await Task.sleep(for: .seconds(15))) != nil { wake.fire() } }
                var after = Position(rawValue: position)
                for await _ in Signal.listen(to: wake, store.changes).cancelOnGracefulShutdown() {
                    var isQuiet = true
                    while case let page = try await store.read(after: after, limit: Self.page), let last = page.last {
                        let events = page.flatMap { EventJSON.serverSentEvents(upcast($0)) }
                        try await writer.write(ByteBuffer(bytes: events))
                        (after, isQuiet) = (last.position, false)
                    }
                    if isQuiet { try await writer.write(ByteBuffer(string: ":\n\n")) }
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
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
        let body = ResponseBody { writer in
            var (after, left) = (range.after, range.limit)
            while left > 0, case let page = try await read(after, min(left, Self.page)), let last = page.last {
                let events = page.map { upcast($0) }
                try await writer.write(ByteBuffer(bytes: events.joined().flatMap { EventJSON.line($0) }))
                (after, left) = (next(last), left - events.count(where: { !$0.isEmpty }))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    /// The parameters `after` (or the header `Last-Event-ID`) and `limit`.
    private struct Range {
        let after: Int64
        let limit: Int

        init(_ request: Request, _ parameters: QueryParameters) throws {
            limit = parameters.limit()
            guard let lastEvent = HTTPField.Name("Last-Event-ID").flatMap({ request.headers[$0] }) else {
                after = Int64(parameters.number("after") ?? 0)
                return
            }
            guard let position = Int64(lastEvent), position >= 0 else {
                throw Problem(
                    .badRequest, code: "invalid-header", detail: "Last-Event-ID must be the id of an event")
            }
            after = position
        }
    }
}

/// A stored event as JSON; its data and metadata go out as they are stored.
enum EventJSON {
    static func line(_ event: StoredEvent) -> [UInt8] { object(event) + [UInt8(ascii: "\n")] }

    static func line(_ event: StoredEvent, state: [UInt8]) -> [UInt8] {
        object(event).dropLast() + Array(",\"state\":".utf8) + state + Array("}\n".utf8)
    }

    /// What one stored event is now. Only the last part has the id, after which a client goes on.
    static func serverSentEvents(_ parts: [StoredEvent]) -> [UInt8] {
        parts.indices.flatMap { index in
            let id = index == parts.count - 1 ? "id: \(parts[index].position)\n" : ""
            return Array("\(id)data: ".utf8) + object(parts[index]) + Array("\n\n".utf8)
        }
    }

    private static func object(_ event: StoredEvent) -> [UInt8] {
        let head = """
            {"position":\(event.position),"id":"\(event.id)","stream":"\(event.stream)","version":\(event.version),\
            "type":"\(event.type)","schemaVersion":\(event.schemaVersion),"occurredAt":"\(event.occurredAt)",\
            "recordedAt":"\(event.recordedAt)","data":
            """
        return Array(head.utf8) + event.data + Array(",\"metadata\":".utf8) + event.metadata + [UInt8(ascii: "}")]
    }
}
