import Daybook
import DaybookService
import Histogram

/// Commands over HTTP to the real writer, on 64 connections.
///
/// The rate: each connection sends its next command as soon as the last one is answered. The latency: commands come at
/// fixed times, half as many a second as the yardstick commits; each counts from when it was due, so that one that is
/// held up is not left out. Users are deactivated and reactivated, which concerns one stream; the third line is the rate
/// at which they change their emails, of which no two may be the same. In these, no projection has a queue yet, so that
/// the relay holds every partition and the machine decides and appends; the last line is the first while the relay
/// publishes everything to a broker on the same cores.
final class Commands: Scenario {
    let lines = [
        Line(name: "commands-http", unit: .commands, must: 2, goal: 4),
        Line(name: "commands-http-p99", unit: .milliseconds, must: 20, goal: nil),
        Line(name: "commands-http-unique", unit: .commands, must: nil, goal: nil),
        Line(name: "commands-http-relayed", unit: .commands, must: nil, goal: nil),
    ]
    var latencies: Histogram<UInt64>? = Histogram()
    private let bench: Bench
    private let count: Int
    private let template: String
    /// Commands a second that are offered where latencies are measured.
    private var offered = 1000.0

    private static let users = 2000
    private static let eventsOfEach = 30
    private static let connections = 64

    init(_ bench: Bench) {
        self.bench = bench
        count = bench.sized(15_000)
        template = bench.path("commands-template.sqlite")
    }

    func prepare() async throws {
        if let rate = try await bench.singleAppendRate() { offered = rate / 2 }
        try await Stories.makeStore(
            at: template, users: Self.users, events: Self.eventsOfEach, isPublished: true)
    }

    func ours() async throws -> [Double] {
        try await bench.deleteQueues()
        let held = try await withWriter { port in
            let rate = try await self.rate(Self.turns(count, from: 0, users: Self.users, port: port), port)
            return [rate, try await self.latency(port)]
        }
        let unique = try await withWriter { port in
            let requests = Self.requests(count, users: Self.users, port: port) { "commands.\($0)@example.org" }
            return try await self.rate(requests, port)
        }
        try await bench.declareQueues()
        let relayed = try await withWriter { port in
            try await self.rate(Self.turns(count, from: 0, users: Self.users, port: port), port)
        }
        return held + [unique, relayed]
    }

    private func withWriter<Value>(_ body: (Int) async throws -> Value) async throws -> Value {
        defer { bench.remove("commands.sqlite") }
        try FilledStore.copy(template, to: bench.path("commands.sqlite"))
        let writer = try await bench.startWriter(store: bench.path("commands.sqlite"))
        do {
            let value = try await body(writer.port)
            await writer.process.stop()
            return value
        } catch {
            await writer.process.stop()
            throw error
        }
    }

    private func rate(_ requests: [[UInt8]], _ port: Int) async throws -> Double {
        let outcome = try await onThread {
            try HTTPLoad.run(port: port, connections: Commands.connections, requests: requests)
        }
        return Double(count) / outcome.seconds
    }

    /// - Returns: The 99th percentile in milliseconds.
    private func latency(_ port: Int) async throws -> Double {
        let seconds = bench.isQuick ? 1.0 : 3.0
        let requests = Self.turns(Int(offered * seconds), from: count, users: Self.users, port: port)
        let interval = UInt64(1e9 / offered)
        let outcome = try await onThread {
            let schedule = HTTPLoad.Schedule(start: Stopwatch.now + 50_000_000, interval: interval)
            return try HTTPLoad.run(
                port: port, connections: Commands.connections, requests: requests, at: schedule)
        }
        var run = Histogram<UInt64>()
        for latency in outcome.latencies { run.record(latency) }
        latencies?.add(run)
        return Double(run.valueAtPercentile(99)) / 1e6
    }

    /// One user after the other is deactivated, then one after the other reactivated, and so on.
    ///
    /// - Parameter first: How many of these commands came before.
    private static func turns(_ count: Int, from first: Int, users: Int, port: Int) -> [[UInt8]] {
        (first..<first + count).map { index in
            let command = index / users % 2 == 0 ? "deactivate" : "reactivate"
            return HTTPLoad.request(
                "POST", "/v1/user/\(Stories.id(index % users))/\(command)", port: port, body: #"{"reason":"benchmark"}"#
            )
        }
    }

    /// Changes of the email, of one user after the other.
    static func requests(_ count: Int, users: Int, port: Int, email: (Int) -> String) -> [[UInt8]] {
        (0..<count).map { index in
            HTTPLoad.request(
                "POST", "/v1/user/\(Stories.id(index % users))/change-email", port: port,
                body: "{\"newEmail\":\"\(email(index))\"}")
        }
    }

    func yardstick() async throws -> [Double?] {
        let rate = try await bench.singleAppendRate()
        return [rate, rate.map { 1000 / $0 }, rate, rate]
    }

    func finish() { bench.remove("commands-template.sqlite") }
}
