import Foundation
import Logging
import NIOCore
import TestSupport
import Testing

@testable import DaybookService

@Suite(.timeLimit(.minutes(1))) struct `A client that sends nothing` {
    /// What a server that waits for a moment only sends to whoever has sent this, until it ends the connection; `nil` when
    /// it does not.
    private func answer(to text: String) async throws -> String? {
        let settings = try HTTPSettings(host: "127.0.0.1", port: 0, token: nil)
        let router = daemonRouter(settings: settings, registry: PrometheusRegistry(), checks: [])
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var service = httpService(
            router: router, settings: settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onServerRunning: { port.yield($0) })
        service.idleTimeout = .milliseconds(100)
        let running = Task { [service] in
            defer { port.finish() }
            try await service.run()
        }
        defer { running.cancel() }
        var numbers = ports.makeAsyncIterator()
        let descriptor = try connected(to: try #require(await numbers.next()), sending: text)
        defer { close(descriptor) }
        return await withCheckedContinuation { continuation in
            // Not on a thread that tasks run on, which the server needs.
            Thread.detachNewThread {
                var (buffer, received) = ([UInt8](repeating: 0, count: 4096), [UInt8]())
                var count = 0
                repeat {
                    count = recv(descriptor, &buffer, buffer.count, 0)
                    received += buffer.prefix(max(0, count))
                } while count > 0
                continuation.resume(returning: count == 0 ? String(decoding: received, as: UTF8.self) : nil)
            }
        }
    }

    @Test(arguments: ["", "GET /health", "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{"])
    func `is let go, also in the midst of a request`(text: String) async throws {
        #expect(try await answer(to: text) != nil)
    }

    @Test func `is let go after its answer`() async throws {
        let answer = try await answer(to: "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(answer?.contains(#"{"status":"live"}"#) == true)
    }
}
