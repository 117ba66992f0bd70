import Daybook
import DaybookRabbitMQ
import DaybookSQLite
import Foundation
import ServiceLifecycle
import UserViews

/// A backlog from the store to the broker, and from the broker to a read model.
final class RelayAndWorker: Scenario {
    let lines = [
        Line(name: "relay", unit: .messages, must: 0.85, goal: 0.95),
        Line(name: "worker", unit: .messages, must: 0.5, goal: 0.8),
    ]
    private let bench: Bench
    private let count: Int
    private let template: String

    private static let eventsOfEach = 20
    private static let window = 256
    private static let prefetch = 300
    private static let source = Source(Bench.source)

    init(_ bench: Bench) {
        self.bench = bench
        count = bench.sized(200_000)
        template = bench.path("relay-template.sqlite")
    }

    func prepare() async throws {
        try await bench.declareQueues()
        try await Stories.makeStore(
            at: template, users: count / Self.eventsOfEach, events: Self.eventsOfEach, isPublished: false)
    }

    func ours() async throws -> [Double] {
        try await bench.purgeQueues()
        defer { bench.remove("relay.sqlite") }
        try FilledStore.copy(template, to: bench.path("relay.sqlite"))
        let store = try SQLiteEventStore(path: bench.path("relay.sqlite"), partitionCount: Bench.partitionCount)
        return [try await relay(store), try await worker(store)]
    }

    /// From the first session until everything is confirmed.
    private func relay(_ store: SQLiteEventStore) async throws -> Double {
        let publisher = TimedPublisher(
            try bench.broker().publisher(source: Self.source, epoch: store.epoch, window: Self.window))
        let relay = Relay(log: store, publisher: publisher, window: Self.window, logger: bench.logger)
        return try await bench.withServices([relay]) {
            try await eventually("the relay has sent everything", within: .seconds(300)) {
                let status = relay.status
                guard status.isConnected && status.backlog == 0 else { return false }
                return status.cursors.reduce(0) { $0 + $1.rawValue } == Int64(count)
            }
            return try rate(since: publisher.start)
        }
    }

    /// From the first session until everything is posted and acknowledged.
    private func worker(_ store: SQLiteEventStore) async throws -> Double {
        let folder = bench.path("worker")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let broker = try bench.broker()
        let subscription = TimedSubscription(
            broker.subscription(
                projection: UsersProjection.name, partitionCount: Bench.partitionCount,
                prefetch: UInt16(Self.prefetch)))
        let history = broker.historyClient()
        let runner = ProjectionRunner(
            name: UsersProjection.name, readModel: try SQLiteReadModel(folder: folder, projection: UsersProjection()),
            subscription: subscription, history: history, sources: [Self.source],
            partitionCount: Bench.partitionCount, logger: bench.logger)
        let services: [any Service] = [broker.historyServer(log: store, source: Self.source), history, runner]
        return try await bench.withServices(services) {
            try await eventually("the worker has posted everything", within: .seconds(300)) {
                let status = runner.status
                return status.lag == 0 && status.posted == Int64(count) && subscription.acknowledged == UInt64(count)
            }
            return try rate(since: subscription.start)
        }
    }

    private func rate(since start: UInt64?) throws -> Double {
        guard let start else { throw BenchError("there was no session") }
        return Double(count) / Stopwatch.seconds(since: start)
    }

    func yardstick() async throws -> [Double?] {
        let (partitions, file) = ("\(Bench.partitionCount)", bench.path("yard-view.sqlite"))
        defer { bench.remove("yard-view.sqlite") }
        try await bench.runYardstick("broker", ["declare", partitions])
        let published = try await bench.runYardstick("broker", ["publish", partitions, "\(count)", "\(Self.window)"])
        let batch = "\(Self.prefetch)"
        let consumed = try await bench.runYardstick("broker", ["consume", partitions, "\(count)", batch, file, batch])
        try await bench.deleteYardstickQueues()
        return [published, consumed]
    }

    func finish() { bench.remove("relay-template.sqlite") }
}
