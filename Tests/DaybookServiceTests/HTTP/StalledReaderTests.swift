import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import DaybookService

@Suite(.timeLimit(.minutes(1))) struct `A streamed response` {
    /// Reads slowly, on a thread of its own: the server needs those that tasks run on.
    ///
    /// - Returns: How many of the bytes did not come.
    private func take(_ count: Int, from descriptor: Int32) async -> Int {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var (buffer, rest) = ([UInt8](repeating: 0, count: 1 << 20), count)
                while rest > 0 {
                    let received = recv(descriptor, &buffer, min(buffer.count, rest), Int32(MSG_WAITALL))
                    guard received > 0 else { break }
                    rest -= received
                    Thread.sleep(forTimeInterval: 0.04)
                }
                continuation.resume(returning: rest)
            }
        }
    }

    /// Runs a server whose response has as many parts of 64 KiB, and tells how it ended to whoever waits.
    private func serve(
        parts: Int, limit: Duration, _ body: @Sendable (Int, AsyncStream<Bool>) async throws -> Void
    ) async throws {
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        let router = Router()
        router.add(middleware: StalledReaderGuard(limit: limit))
        router.get("rows") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    do {
                        for _ in 0..<parts { try await writer.write(ByteBuffer(repeating: 0x20, count: 1 << 16)) }
                        try await writer.finish(nil)
                        end.yield(true)
                    } catch {
                        end.yield(false)
                        throw error
                    }
                })
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        try await Application(router: router, logger: logger).test(.live) { client in
            try await body(try #require(client.port), ends)
        }
    }

    @Test func `is broken off when its client stops reading`() async throws {
        try await serve(parts: .max, limit: .milliseconds(200)) { port, ends in
            let descriptor = try connected(to: port, sending: "GET /rows HTTP/1.1\r\nHost: localhost\r\n\r\n")
            defer { close(descriptor) }
            #expect(await ends.first { _ in true } == false)
        }
    }

    @Test func `goes on for as long as its client reads`() async throws {
        // It takes longer than the limit for all of it.
        try await serve(parts: 1000, limit: .seconds(2)) { port, ends in
            let descriptor = try connected(to: port, sending: "GET /rows HTTP/1.1\r\nHost: localhost\r\n\r\n")
            defer { close(descriptor) }
            #expect(await take(1000 << 16, from: descriptor) == 0)
            #expect(await ends.first { _ in true } == true)
        }
    }
}
