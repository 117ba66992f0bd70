import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Keeps what a response writes.
final class WrittenText: ResponseBodyWriter, Sendable {
    private let written = Mutex("")
    var text: String { written.withLock { $0 } }

    func write(_ buffer: ByteBuffer) async throws { written.withLock { $0 += String(buffer: buffer) } }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}

    /// What a response has written once that is enough. The response is broken off then.
    static func of(_ response: Response, until isEnough: @Sendable (String) -> Bool) async throws -> String {
        let written = WrittenText()
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await response.body.write(written) }
            while !isEnough(written.text) { try await Task.sleep(for: .milliseconds(5)) }
            return written.text
        }
    }
}
