import Daybook
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

@testable import DaybookWriter

/// Keeps the lines of a response, or lets nobody write one.
final class ResponsePage: ResponseBodyWriter, Sendable {
    private let written = Mutex("")
    private let isGone: Bool

    init(isGone: Bool = false) { self.isGone = isGone }

    var text: String { written.withLock { $0 } }

    func write(_ buffer: ByteBuffer) async throws {
        if isGone { throw BrokenOff() }
        written.withLock { $0 += String(buffer: buffer) }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// The response of a writer of parcels to a batch that comes in these pieces.
func batchBody(of pieces: TestPieces, _ store: any EventStore) throws -> ResponseBody {
    let route = BatchRoute(
        served: [Parcel.category: CommandHandler(Parcel.self).served(store, 0, nil)],
        execution: CommandExecution(source: Source("parcels"), epoch: .new()))
    let head = HTTPRequest(
        method: .post, scheme: "http", authority: "localhost", path: "/v1/commands",
        headerFields: [.contentType: "application/x-ndjson"])
    let request = Request(head: head, body: RequestBody(asyncSequence: pieces))
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return try route.response(to: request, logger: logger).body
}
