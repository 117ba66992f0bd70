import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

@testable import DaybookService

@Suite(.timeLimit(.minutes(1))) struct `A streamed response` {
    /// Connects to a server on this machine and asks for `/rows`. The descriptor is closed by whoever gets it.
    private func ask(port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                connect(descriptor, raw, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        let request = Array("GET /rows HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        try #require(write(descriptor, request, request.count) == request.count)
        return descriptor
    }

    /// Runs a server whose response has as many parts of 64 KiB, and tells how it ended to whoever waits.
    private func serve(parts: Int, _ body: @Sendable (Int, AsyncStream<Bool>) async throws -> Void) async throws {
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        let router = Router()
        router.add(middleware: StalledReaderGuard(limit: .milliseconds(200)))
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
        try await serve(parts: .max) { port, ends in
            let descriptor = try ask(port: port)
            defer { close(descriptor) }
            #expect(await ends.first { _ in true } == false)
        }
    }

    @Test func `goes on for as long as its client reads`() async throws {
        try await serve(parts: 1000) { port, ends in
            let descriptor = try ask(port: port)
            defer { close(descriptor) }
            var (buffer, rest) = ([UInt8](repeating: 0, count: 1 << 20), 1000 << 16)
            while rest > 0 {
                let count = read(descriptor, &buffer, buffer.count)
                try #require(count > 0)
                rest -= count
            }
            #expect(await ends.first { _ in true } == true)
        }
    }
}
