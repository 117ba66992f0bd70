import Daybook
import DaybookAPI
import HTTPTypes
import Hummingbird
import ServiceLifecycle

/// A response with all events after a place, then with those that come, until the client goes or the daemon stops.
struct LiveTail {
    /// Fires when there may be more.
    let changes: Signal
    /// The longest silence.
    let heartbeat: Duration

    /// Server-sent events, and the number of the last one.
    typealias Page = (events: [UInt8], last: Int64)

    /// - Parameter read: Reads what follows a number; `nil` when there is nothing yet.
    func response(after start: Int64, read: @escaping @Sendable (Int64) async throws -> Page?) -> Response {
        let body = ResponseBody { [changes, heartbeat] writer in
            // The first byte goes at once, so that the client sees the connection stand.
            try await writer.write(ByteBuffer(string: ":\n\n"))
            let wake = Signal()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask { for await _ in Ticker(every: heartbeat) { wake.fire() } }
                var after = start
                for await _ in Signal.listen(to: wake, changes).cancelOnGracefulShutdown() {
                    var isQuiet = true
                    while let page = try await read(after) {
                        try await writer.write(ByteBuffer(bytes: page.events))
                        after = page.last
                        isQuiet = false
                    }
                    if isQuiet { try await writer.write(ByteBuffer(string: ":\n\n")) }
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: APIMediaType.serverSentEvents.rawValue, .cacheControl: "no-store"], body: body)
    }
}
