import Daybook
import DaybookAPI
import HTTPTypes
import Hummingbird
import ServiceLifecycle
import Synchronization

/// A response with all events after a place, then with those that come, until the client goes or the daemon stops.
struct LiveTail: Sendable {
    /// The next events, and the position or offset up to which there are no others.
    struct Batch: Sendable {
        /// Server-sent events. It is empty where there is nothing to send.
        let events: [UInt8]
        let end: Int64
        /// `true` when nothing comes after that now.
        let isComplete: Bool
    }

    /// `true` when a silence is to be ended, for the task that counts and the one that writes.
    private final class Silence: Sendable { let isDue = Atomic(false) }

    /// A comment, which says that the connection stands.
    private static let comment = Array(":\n\n".utf8)

    /// Fires when there may be more.
    let changes: Signal
    /// The longest silence.
    let heartbeat: Duration
    /// The text that ends a silence, made of the position or offset that the response has reached.
    var sign: @Sendable (Int64) -> [UInt8] = { _ in LiveTail.comment }

    /// - Parameter read: Reads what follows a position or offset. It is asked again at once for what follows a batch
    ///   that is not complete.
    func response(after start: Int64, read: @escaping @Sendable (Int64) async throws -> Batch) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: APIMediaType.serverSentEvents.rawValue, .cacheControl: "no-store"],
            body: body(after: start, read: read))
    }

    private func body(after start: Int64, read: @escaping @Sendable (Int64) async throws -> Batch) -> ResponseBody {
        ResponseBody { [changes, heartbeat, sign] writer in
            // The first byte goes at once, so that the client sees the connection stand.
            try await writer.write(ByteBuffer(bytes: Self.comment))
            let wake = Signal()
            let silence = Silence()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask {
                    for await _ in Ticker(every: heartbeat) {
                        silence.isDue.store(true, ordering: .relaxed)
                        wake.fire()
                    }
                }
                var after = start
                for await _ in Signal.listen(to: wake, changes).cancelOnGracefulShutdown() {
                    var isQuiet = true
                    var isComplete = false
                    while !isComplete {
                        let batch = try await read(after)
                        after = batch.end
                        isComplete = batch.isComplete
                        guard !batch.events.isEmpty else { continue }
                        try await writer.write(ByteBuffer(bytes: batch.events))
                        isQuiet = false
                    }
                    let isDue = silence.isDue.exchange(false, ordering: .relaxed)
                    if isDue, isQuiet { try await writer.write(ByteBuffer(bytes: sign(after))) }
                }
            }
            try await writer.finish(nil)
        }
    }
}
