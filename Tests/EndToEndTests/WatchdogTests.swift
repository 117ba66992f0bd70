import Daybook
import DaybookSQLite
import Foundation
import TestSupport
import Testing

/// What systemd would do: hear that a daemon runs, and end it when it is silent.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A watchdog` {
    @Test(.timeLimit(.minutes(2)))
    func `hears from a worker until it is frozen, and another one takes over when it is ended`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            let ports = try freePorts(2)
            let ears = try Ears(deployment.folder.appending(path: "notify").path)
            let first = try await deployment.startAnother(
                .users, port: ports[0], settings: ["NOTIFY_SOCKET": ears.path, "WATCHDOG_USEC": "1000000"])
            defer { first.send(SIGKILL) }
            let heard = Set((0..<4).compactMap { _ in ears.next() })
            #expect(heard == ["READY=1", "WATCHDOG=1"])
            try await eventually("it serves") { try ReadModelFolder(deployment.readModelPath(.users)).serving != nil }
            let second = try await deployment.startAnother(.users, port: ports[1])
            defer { second.send(SIGKILL) }
            first.send(SIGSTOP)
            while ears.next() != nil {}
            first.send(SIGKILL)
            await first.wait()
            let answer = try await deployment.post("/v1/user/a/create", #"{"email":"a@example.com","name":"A"}"#)
            #expect(answer.status == 200)
            let folder = try ReadModelFolder(deployment.readModelPath(.users))
            try await eventually("the other one posts", within: .seconds(5)) {
                try GenerationFile(folder.serving ?? 0, in: folder)?.progress.posted(of: ["users-writer"]) == 1
            }
            second.send(SIGTERM)
            #expect(await second.wait() == 0)
        }
    }

    /// A datagram socket, listened to for two seconds at a time.
    private final class Ears: Sendable {
        let path: String
        private let descriptor: Int32

        init(_ path: String) throws {
            self.path = path
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard status == 0 else { throw SupportError("cannot listen at \(path): error \(errno)") }
            var limit = timeval(tv_sec: 2, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(descriptor) }

        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
        }
    }
}
