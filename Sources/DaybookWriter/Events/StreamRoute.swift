import Daybook
import DaybookAPI
import DaybookService
import Hummingbird

/// The events of a stream, as NDJSON.
struct StreamRoute {
    let store: any EventStore
    /// The identity of the store's log.
    let epoch: Epoch
    /// The code that can fold the events of a category.
    let served: [StreamCategory: CommandHandler.Served]

    private var bodies: EventBodies {
        EventBodies(lines: EventLines(epoch: epoch), present: PresentEvents(served: served))
    }

    func add(to router: Router<BasicRequestContext>) {
        router.serve(WriterAPI.streamEvents) { request, context in
            try await response(try context.pathParameter("stream"), request)
        }
    }

    private func response(_ name: String, _ request: Request) async throws -> Response {
        let stream: StreamName
        do { stream = try StreamName(name) } catch {
            throw Problem(code: .invalidStream, detail: "\(error)")
        }
        let parameters = try request.parameters(WriterAPI.streamEvents.parameters)
        try parameters.refuseSeveralPlaces()
        let head = try await store.version(of: stream)
        guard head > .zero else {
            throw Problem(code: .notFound, detail: "there is no stream \(stream)")
        }
        let numbers = try Self.numbers(parameters, of: stream, head: head)
        let hasStates = parameters.flag("states") == true
        let page = Response.lines(try hasStates ? states(of: stream, numbers) : events(of: stream, numbers))
        guard numbers.last < .max, numbers.after > 0 else { return page }
        return page.continued(at: String(numbers.after + 1))
    }

    /// The versions that are asked for.
    ///
    /// - Throws: `Problem` 409 when the stream does not have the version at which they begin.
    private static func numbers(
        _ parameters: QueryParameters, of stream: StreamName, head: StreamVersion
    ) throws -> EventNumbers {
        let limit = parameters.number("last") ?? parameters.limit()
        func known(_ version: Int) throws -> Int64 {
            let version = Int64(version)
            guard version <= head.rawValue else {
                throw Problem(code: .beyondHead, detail: "\(stream) has no version \(version)")
            }
            return version
        }
        guard parameters["before"] != nil || parameters["last"] != nil else {
            return EventNumbers(after: try known(parameters.number("after") ?? 0), limit: limit)
        }
        // What is before the next event is everything.
        let last = try parameters.number("before").map { try known($0 - 1) } ?? head.rawValue
        return EventNumbers(after: max(0, last - Int64(limit)), last: last, limit: limit)
    }

    private func events(of stream: StreamName, _ numbers: EventNumbers) -> ResponseBody {
        bodies.body(of: numbers, number: \.version.rawValue) { [store] after, limit in
            try await store.read(stream, after: StreamVersion(rawValue: after), limit: limit)
        }
    }

    /// Each event with the state after it.
    private func states(of stream: StreamName, _ numbers: EventNumbers) throws -> ResponseBody {
        guard let served = served[stream.category] else {
            throw Problem(code: .notFound, detail: "nothing here folds \(stream.category)")
        }
        guard numbers.after < numbers.last else { return ResponseBody() }
        return ResponseBody { [lines = bodies.lines, present = bodies.present] writer in
            var page: [UInt8] = []
            var count = 0
            try await served.states(stream.id, StreamVersion(rawValue: numbers.after)) { event, state in
                let parts = present.parts(of: event)
                for part in parts { page += try lines.line(part, state: EncodedJSON(state)) }
                count += parts.isEmpty ? 0 : 1
                if !parts.isEmpty, count % EventBodies.batch == 0 {
                    try await writer.write(ByteBuffer(bytes: page))
                    page = []
                }
                return count < numbers.limit && event.version.rawValue < numbers.last
            }
            if !page.isEmpty { try await writer.write(ByteBuffer(bytes: page)) }
            try await writer.finish(nil)
        }
    }
}
