import Foundation
import TestSupport
import Testing

/// A client that has sent half of a request and keeps the connection.
private final class IdleClient {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard status == 0, send(descriptor, "GET /", 5, 0) == 5 else { throw SupportError("cannot connect to \(port)") }
    }

    deinit { close(descriptor) }
}

@Suite(.enabled(if: TestBroker.isRunning)) struct `More clients than there are descriptors` {
    @Test func `keep no daemon from its broker, and end none`() async throws {
        try await Deployment.with { deployment in
            let daemons = [Deployment.Daemon.writer, .users]
            for daemon in daemons { try await deployment.start(daemon, descriptors: 64) }
            try await eventually("the worker is ready") {
                try await deployment.get(.users, "/health/ready").status == 200
            }
            var clients: [IdleClient] = []
            for daemon in daemons {
                for _ in 0..<80 { clients.append(try IdleClient(port: deployment.ports[daemon] ?? 0)) }
            }
            try await TestBroker.run("ctl", "close_all_connections", "--vhost", deployment.virtualHost, "test")
            try await eventually("both are connected again, with two connections each") {
                let hosts = try await TestBroker.run("ctl", "list_connections", "vhost").split(separator: "\n")
                return hosts.count { $0 == deployment.virtualHost } == 4
                    && daemons.allSatisfy { deployment.log(of: $0).contains("CONNECTION_FORCED") }
            }
            #expect(clients.count == 160)
            clients = []
            for daemon in daemons { try await eventually("it answers") { await deployment.isAlive(daemon) } }
        }
    }
}
