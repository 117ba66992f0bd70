import Daybook
import DaybookService
import Foundation
import GRDB
import Histogram

/// Commands at fixed times to the real writer, until each is seen in the read model of the real worker.
///
/// Latencies count from the time at which a command was due, so that one that is held up is not left out.
final class Visible: Scenario {
    let lines = [
        Line(name: "visible-p50", unit: .milliseconds, must: 3, goal: 2),
        Line(name: "visible-p99", unit: .milliseconds, must: 15, goal: 6),
    ]
    var latencies: Histogram<UInt64>? = Histogram()
    private let bench: Bench
    private let count: Int
    private var writer: Daemon?
    private var worker: Daemon?
    private var runs = 0
    /// The version of each user.
    private var versions: [Int64]

    private static let users = 2000
    private static let eventsOfEach = 30
    private static let perSecond = 500

    init(_ bench: Bench) {
        self.bench = bench
        count = Visible.perSecond * (bench.isQuick ? 2 : 10)
        versions = Array(repeating: Int64(Visible.eventsOfEach), count: Visible.users)
    }

    func prepare() async throws {
        let path = bench.path("visible.sqlite")
        try await bench.declareQueues()
        try await bench.purgeQueues()
        try await Stories.makeStore(at: path, users: Self.users, events: Self.eventsOfEach, isPublished: true)
        writer = try await bench.startWriter(store: path)
        worker = try await bench.startWorker(readModel: bench.path("visible"))
    }

    func ours() async throws -> [Double] {
        guard let port = writer?.port else { throw BenchError("there is no writer") }
        runs += 1
        let run = runs
        let requests = Commands.requests(count, users: Self.users, port: port) { "visible.\(run).\($0)@example.org" }
        let expected = (0..<count).map { index in
            versions[index % Self.users] += 1
            return Watch.Change(user: Stories.id(index % Self.users), version: versions[index % Self.users])
        }
        let schedule = HTTPLoad.Schedule(
            start: Stopwatch.now + 100_000_000, interval: 1_000_000_000 / UInt64(Self.perSecond))
        let file = bench.path("visible/current.sqlite")
        async let seen = onThread { try Watch.latencies(of: expected, at: schedule, in: file) }
        _ = try await onThread { try HTTPLoad.run(port: port, connections: 64, requests: requests, at: schedule) }
        var histogram = Histogram<UInt64>()
        for latency in try await seen { histogram.record(latency) }
        latencies?.add(histogram)
        return [50.0, 99.0].map { Double(histogram.valueAtPercentile($0)) / 1e6 }
    }

    /// Two durable commits and one confirm: less cannot lie between a command and its row.
    func yardstick() async throws -> [Double?] {
        let partitions = "\(Bench.partitionCount)"
        let appends = try await bench.singleAppendRate()
        try await bench.runYardstick("broker", ["declare", partitions])
        let confirms = try await bench.runYardstick(
            "broker", ["publish", partitions, bench.isQuick ? "500" : "2000", "1"])
        try await bench.deleteYardstickQueues()
        guard let appends, let confirms else { return [nil, nil] }
        let base = 2000 / appends + 1000 / confirms
        return [base, base]
    }

    func finish() async {
        await worker?.process.stop()
        await writer?.process.stop()
        (worker, writer) = (nil, nil)
        bench.remove("visible.sqlite")
        try? FileManager.default.removeItem(atPath: bench.path("visible"))
    }
}

/// Watches the rows of a read model, from outside of the worker.
enum Watch {
    struct Change: Sendable {
        let user: String
        /// The version at which the user's row shows it.
        let version: Int64
    }

    /// - Returns: For each change the time from when it was due to when it was seen, in nanoseconds.
    static func latencies(of changes: [Change], at schedule: HTTPLoad.Schedule, in file: String) throws -> [UInt64] {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: file, configuration: configuration)
        let deadline = schedule.time(of: changes.count) + 20_000_000_000
        return try database.unsafeRead { db in
            let generation = try db.cachedStatement(sql: "PRAGMA data_version")
            let version = try db.cachedStatement(sql: "SELECT version FROM users WHERE user_id = ?")
            var latencies: [UInt64] = []
            var (next, lastGeneration, outstanding): (Int, Int?, [Int]) = (0, nil, [])
            while latencies.count < changes.count {
                usleep(200)
                let now = Stopwatch.now
                guard now < deadline else { throw BenchError("only \(latencies.count) of \(changes.count) were seen") }
                while next < changes.count, schedule.time(of: next) <= now {
                    outstanding.append(next)
                    next += 1
                }
                let current = try Int.fetchOne(generation)
                if current == lastGeneration { continue }
                lastGeneration = current
                try outstanding.removeAll { index in
                    let found = try Int64.fetchOne(version, arguments: [changes[index].user]) ?? 0
                    guard found >= changes[index].version else { return false }
                    latencies.append(Stopwatch.now - schedule.time(of: index))
                    return true
                }
            }
            return latencies
        }
    }
}
