import Daybook
import DaybookAPI
import DaybookService
import Foundation

/// A real writer or worker, as a process on a free port.
struct Daemon: Sendable {
    let process: ChildProcess
    let port: Int
    /// From the start of the process until it answered.
    let secondsToStart: Double

    /// A worker's report on its projection; `nil` when it does not listen.
    func projection() async throws -> ProjectionReport? {
        guard let answer = try await HTTPLoad.get("/v1/projections", port: port), answer.status == 200 else {
            return nil
        }
        return try JSON.decode(ProjectionsResponse.self, from: answer.body).projections.first
    }
}

extension Bench {
    func startWriter(store: String) async throws -> Daemon {
        try await start("users-writer", ["DAYBOOK_STORE_PATH": store, "DAYBOOK_SOURCE": Self.source]) { port in
            try await HTTPLoad.get("/health/live", port: port)?.status == 200
        }
    }

    /// Starts a worker, and waits until its read model serves everything that its writer has.
    func startWorker(readModel: String) async throws -> Daemon {
        let settings = ["DAYBOOK_READ_MODEL_PATH": readModel, "DAYBOOK_SOURCES": Self.source]
        return try await start("users-worker", settings) { port in
            guard let answer = try await HTTPLoad.get("/v1/projections", port: port), answer.status == 200 else {
                return false
            }
            let projections = try JSON.decode(ProjectionsResponse.self, from: answer.body).projections
            return projections.first?.isCurrent == true
                && FileManager.default.fileExists(atPath: "\(readModel)/current.sqlite")
        }
    }

    private func start(
        _ name: String, _ settings: [String: String], isUp: (Int) async throws -> Bool
    ) async throws -> Daemon {
        let port = try freePort()
        let common = [
            "DAYBOOK_BROKER_URL": brokerURL, "DAYBOOK_HTTP_PORT": String(port), "DAYBOOK_LOG_LEVEL": "warning",
        ]
        let start = Stopwatch.now
        let process = try ChildProcess(
            program(name), [], environment: common.merging(settings) { $1 }, log: path("\(name).log"))
        do {
            try await eventually("\(name) is up", within: .seconds(600)) { try await isUp(port) }
        } catch {
            await process.stop()
            throw BenchError("\(error)\n\(process.output.suffix(2000))")
        }
        return Daemon(process: process, port: port, secondsToStart: Stopwatch.seconds(since: start))
    }

    /// A port that nobody listens on now.
    private func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                Glibc.bind(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard isBound else { throw BenchError("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
