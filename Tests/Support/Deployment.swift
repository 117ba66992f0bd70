import AsyncHTTPClient
package import DaybookService
public import Foundation
import Glibc
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import Synchronization

/// A writer and its workers as real processes, on a virtual host of the test broker that is theirs alone.
public final class Deployment: Sendable {
    public enum Daemon: String, CaseIterable, Sendable {
        case writer = "users-writer"
        case users = "users-worker"
        case statistics = "user-statistics-worker"
    }

    public let folder: URL
    public let virtualHost: String
    public let brokerURL: String
    public let ports: [Daemon: Int]
    private let processes = Mutex<[Daemon: ChildProcess]>([:])
    private let everStarted = Mutex<Set<Daemon>>([])
    private let overdue = Mutex<[String]>([])

    /// Runs `body` with a deployment whose daemons are not started yet; stops what it started.
    public static func with(_ body: (Deployment) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let virtualHost = "test-\(UUID())"
            // A test that has failed may have left it killed.
            try await TestBroker.run("start")
            try await TestBroker.run("ctl", "add_vhost", virtualHost)
            try await TestBroker.run("ctl", "set_permissions", "-p", virtualHost, "guest", ".*", ".*", ".*")
            let deployment = try Deployment(folder: folder, virtualHost: virtualHost)
            do {
                try await body(deployment)
                await deployment.stopAll()
                let overdue = deployment.overdue.withLock { $0 }
                guard overdue.isEmpty else { throw SupportError("did not end when they were told to: \(overdue)") }
            } catch {
                await deployment.killAndDescribe()
                throw error
            }
            try await TestBroker.run("ctl", "delete_vhost", virtualHost)
        }
    }

    private init(folder: URL, virtualHost: String) throws {
        self.folder = folder
        self.virtualHost = virtualHost
        brokerURL = "amqp://guest:guest@127.0.0.1:\(try TestBroker.port("amqp"))/\(virtualHost)"
        let free = try freePorts(Daemon.allCases.count)
        ports = Dictionary(uniqueKeysWithValues: zip(Daemon.allCases, free))
    }

    public var storePath: String { folder.appending(path: "store.sqlite").path }

    public func readModelPath(_ daemon: Daemon) -> String { folder.appending(path: daemon.rawValue).path }

    // MARK: Daemons

    /// Starts a daemon and waits until it answers.
    ///
    /// - Parameter descriptors: How many it may have open, if that is to be limited.
    public func start(
        _ daemon: Daemon, settings: [String: String] = [:], answering limit: Duration = .seconds(20),
        descriptors: Int? = nil
    ) async throws {
        let log = folder.appending(path: "\(daemon.rawValue).log")
        let process = try spawn(daemon, port: ports[daemon] ?? 0, settings, log: log, descriptors: descriptors)
        processes.withLock { $0[daemon] = process }
        try await eventually("\(daemon.rawValue) answers", within: limit) {
            await self.isAlive(daemon)
        }
    }

    /// Starts another one of a daemon, on the same store or read model unless it is told otherwise. Whoever starts it
    /// ends it.
    package func startAnother(
        _ daemon: Daemon, port: Int, settings: [String: String] = [:]
    ) async throws -> ChildProcess {
        let log = folder.appending(path: "\(daemon.rawValue)-\(port)-\(UUID()).log")
        let process = try spawn(daemon, port: port, settings, log: log)
        try await eventually("\(daemon.rawValue) answers", within: .seconds(20)) { await self.isAlive(port: port) }
        return process
    }

    private func spawn(
        _ daemon: Daemon, port: Int, _ settings: [String: String], log: URL, descriptors: Int? = nil
    ) throws -> ChildProcess {
        everStarted.withLock { _ = $0.insert(daemon) }
        var environment = [
            "DAYBOOK_BROKER_URL": brokerURL, "DAYBOOK_HTTP_PORT": String(port), "DAYBOOK_LOG_LEVEL": "info",
        ]
        switch daemon {
        case .writer:
            environment["DAYBOOK_STORE_PATH"] = storePath
            environment["DAYBOOK_SOURCE"] = "users-writer"
        case .users, .statistics:
            environment["DAYBOOK_READ_MODEL_PATH"] = readModelPath(daemon)
            environment["DAYBOOK_SOURCES"] = "users-writer"
        }
        let program = Self.program(daemon.rawValue)
        let call = descriptors.map { ["prlimit", "--nofile=\($0):\($0)", program] } ?? [program]
        return try ChildProcess(
            call[0], Array(call.dropFirst()), environment: environment.merging(settings) { $1 }, log: log)
    }

    public static func program(_ name: String) -> String {
        let folder = ProcessInfo.processInfo.environment["DAYBOOK_TEST_PROGRAMS"]
        return (folder.map { URL(filePath: $0) } ?? repository.appending(path: ".build/debug"))
            .appending(path: name).path
    }

    /// The daemons of which one was started at least once.
    public var started: Set<Daemon> { everStarted.withLock { $0 } }

    package func process(_ daemon: Daemon) -> ChildProcess? { processes.withLock { $0[daemon] } }

    public func log(of daemon: Daemon) -> String { process(daemon)?.output ?? "" }

    /// Ends every daemon, and prints how each had fared.
    private func killAndDescribe() async {
        for (daemon, process) in processes.withLock({ $0 }) {
            let status = await stop(daemon, SIGKILL)
            let end = status == 128 + SIGKILL ? "was running" : "had ended with \(status)"
            print("--- \(daemon.rawValue) \(end)\n\(process.output.suffix(3000))")
        }
    }

    /// SIGKILL, and nothing left of it.
    public func kill(_ daemon: Daemon) async { await stop(daemon, SIGKILL) }

    @discardableResult
    public func stop(_ daemon: Daemon, _ signal: Int32 = SIGTERM) async -> Int32 {
        guard let process = processes.withLock({ $0.removeValue(forKey: daemon) }) else { return 0 }
        process.send(signal)
        let status = await process.wait()
        if process.wasOverdue {
            overdue.withLock { $0.append(daemon.rawValue) }
            print("--- \(daemon.rawValue) did not end\n\(process.output.suffix(3000))")
        }
        return status
    }

    public func stopAll(_ signal: Int32 = SIGTERM) async {
        for daemon in Daemon.allCases { await stop(daemon, signal) }
    }

    // MARK: HTTP

    public struct Answer: Sendable {
        public let status: Int
        public let headers: [String: String]
        public let body: Data

        public var json: [String: any Sendable] {
            (try? JSONSerialization.jsonObject(with: body)) as? [String: any Sendable] ?? [:]
        }

        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    public func get(
        _ daemon: Daemon, _ path: String, headers: [String: String] = [:], port: Int? = nil
    ) async throws -> Answer {
        try await request(port ?? ports[daemon] ?? 0, path, method: .get, headers: headers, body: nil)
    }

    /// Whether a daemon answers. The client would try to connect for as long as it is given: here that is short.
    public func isAlive(_ daemon: Daemon) async -> Bool { await isAlive(port: ports[daemon] ?? 0) }

    private func isAlive(port: Int) async -> Bool {
        let answer = try? await request(
            port, "/health/live", method: .get, headers: [:], body: nil, within: .milliseconds(500))
        return answer?.status == 200
    }

    public func post(
        _ path: String, _ body: String = "", headers: [String: String] = [:], port: Int? = nil
    ) async throws -> Answer {
        try await request(port ?? ports[.writer] ?? 0, path, method: .post, headers: headers, body: body)
    }

    private func request(
        _ port: Int, _ path: String, method: Method, headers: [String: String], body: String?,
        within limit: TimeAmount = .seconds(15)
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method == .get ? .GET : .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: limit)
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: Int(response.status.code), headers: Dictionary(pairs) { first, _ in first },
            body: Data(buffer: bytes))
    }

    private enum Method { case get, post }

    /// Waits until a worker says that what it serves has everything its source's log has.
    public func waitUntilCurrent(
        _ daemon: Daemon, head: Int64, within limit: Duration = .seconds(60)
    ) async throws {
        try await eventually("\(daemon.rawValue) has \(head) events", within: limit) {
            let projections = try await get(daemon, "/v1/projections").json["projections"] as? [[String: any Sendable]]
            let lanes = projections?.first?["lanes"] as? [[String: any Sendable]] ?? []
            let serves = projections?.first?["generation"] is Int
            return serves && lanes.reduce(0) { $0 + ($1["checkpoint"] as? Int ?? 0) } == Int(head)
        }
    }
}

/// Ports that nobody listens on now.
public func freePorts(_ count: Int) throws -> [Int] {
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    return try (0..<count).map { _ in
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptors.append(descriptor)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                Glibc.bind(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard bound else { throw SupportError("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
