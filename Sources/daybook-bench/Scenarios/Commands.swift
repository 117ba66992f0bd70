import Daybook
import Histogram

/// Commands over HTTP to the real writer, whose relay sends meanwhile, on 64 connections that are never idle.
final class Commands: Scenario {
    let lines = [
        Line(name: "commands-http", unit: .commands, must: 2, goal: 4),
        Line(name: "commands-http-p99", unit: .milliseconds, must: 20, goal: nil),
    ]
    var latencies: Histogram<UInt64>? = Histogram()
    private let bench: Bench
    private let count: Int
    private let template: String

    private static let users = 2000
    private static let eventsOfEach = 30
    private static let connections = 64

    init(_ bench: Bench) {
        self.bench = bench
        count = bench.sized(15_000)
        template = bench.path("commands-template.sqlite")
    }

    func prepare() async throws {
        try await bench.declareQueues()
        try await Stories.makeStore(
            at: template, users: Self.users, events: Self.eventsOfEach, isPublished: true)
    }

    func ours() async throws -> [Double] {
        defer { bench.remove("commands.sqlite") }
        try StoreFile.copy(template, to: bench.path("commands.sqlite"))
        let writer = try await bench.startWriter(store: bench.path("commands.sqlite"))
        let outcome: HTTPLoad.Outcome
        do {
            let requests = Self.requests(count, users: Self.users, port: writer.port) { "commands.\($0)@example.org" }
            outcome = try await onThread { [port = writer.port] in
                try HTTPLoad.run(port: port, connections: Commands.connections, requests: requests)
            }
        } catch {
            await writer.process.stop()
            throw error
        }
        await writer.process.stop()
        try await bench.purgeQueues()
        let rate = Double(count) / outcome.seconds
        return [rate, Double(record(outcome, rate).valueAtPercentile(99)) / 1e6]
    }

    /// A connection sends nothing while it waits. Those that would have come are made up for, as HdrHistogram does: a
    /// request that took longer than the mean interval of its connection stands for all that it held up.
    private func record(_ outcome: HTTPLoad.Outcome, _ rate: Double) -> Histogram<UInt64> {
        let interval = UInt64(Double(Self.connections) / rate * 1e9)
        var run = Histogram<UInt64>()
        for latency in outcome.latencies { run.recordCorrectedValue(latency, expectedInterval: interval) }
        latencies?.add(run)
        return run
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
        return [rate, rate.map { 1000 / $0 }]
    }

    func finish() { bench.remove("commands-template.sqlite") }
}
