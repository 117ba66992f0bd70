import Daybook
import HTTPTypes
public import Hummingbird
import NIOCore
import Synchronization

/// Breaks off a streamed response whose client stops reading: what the response holds, a build or a place that others
/// wait for, goes with it.
public struct StalledReaderGuard<Context: RequestContext>: RouterMiddleware {
    private let limit: Duration

    /// - Parameter limit: How long nothing may be taken.
    public init(limit: Duration = .seconds(30)) {
        self.limit = limit
    }

    /// Answers with what comes from behind.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        // What has a length is in memory already, and holds nothing else.
        if response.body.contentLength == nil { response.body = response.body.brokenOff(after: limit) }
        return response
    }
}

/// The client of a streamed response reads nothing.
struct StalledReader: Error {}

extension ResponseBody {
    /// The same body, which throws `StalledReader` when a part of it is not taken within about the limit.
    func brokenOff(after limit: Duration) -> ResponseBody {
        ResponseBody { writer in
            let watch = WriteWatch()
            let watched = WatchedWriter(writer: writer, watch: watch)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask { try await self.write(watched) }
                tasks.addTask {
                    for await _ in Ticker(every: limit / 4) where watch.isWaiting(for: limit) { throw StalledReader() }
                    throw CancellationError()
                }
                _ = try await tasks.next()
            }
        }
    }
}

/// Since when a part of a body waits to be taken.
private final class WriteWatch: Sendable {
    private let since = Mutex<ContinuousClock.Instant?>(nil)

    func begin() { since.withLock { $0 = ContinuousClock.now } }
    func end() { since.withLock { $0 = nil } }

    func isWaiting(for limit: Duration) -> Bool {
        since.withLock { since in since.map { ContinuousClock.now - $0 >= limit } ?? false }
    }
}

/// One task at a time uses the writer: who hands it on to a child task waits for the end of that.
private struct WatchedWriter: ResponseBodyWriter, @unchecked Sendable {
    var writer: any ResponseBodyWriter
    let watch: WriteWatch

    mutating func write(_ buffer: ByteBuffer) async throws {
        watch.begin()
        try await writer.write(buffer)
        watch.end()
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        watch.begin()
        try await writer.finish(trailingHeaders)
    }
}
