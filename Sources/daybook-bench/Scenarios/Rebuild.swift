import Daybook
import DaybookRabbitMQ
import DaybookSQLite
import Foundation
import ServiceLifecycle
import UserViews

/// An empty read model is filled from the history of the real writer, over the broker.
final class Rebuild: Scenario {
    let lines = [Line(name: "rebuild", unit: .events, must: 0.4, goal: 0.8)]
    private let bench: Bench
    private let users: Int
    private let count: Int
    private var writer: Daemon?

    private static let eventsOfEach = 100

    init(_ bench: Bench) {
        self.bench = bench
        users = bench.sized(10_000)
        count = users * Rebuild.eventsOfEach
    }

    func prepare() async throws {
        try await bench.runYardstick("append", [bench.path("yard-events.sqlite"), "\(count)", "256", "\(users)"])
        try await Stories.makeStore(
            at: bench.path("rebuild.sqlite"), users: users, events: Self.eventsOfEach, isPublished: true)
        try await bench.declareQueues()
        try await bench.purgeQueues()
        writer = try await bench.startWriter(store: bench.path("rebuild.sqlite"))
    }

    func ours() async throws -> [Double] {
        let folder = bench.path("rebuilt")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let broker = try bench.broker()
        let history = broker.historyClient()
        let runner = ProjectionRunner(
            name: UsersProjection.name, readModel: try SQLiteReadModel(folder: folder, projection: UsersProjection()),
            subscription: broker.subscription(
                projection: UsersProjection.name, partitionCount: Bench.partitionCount),
            history: history, sources: [Source(Bench.source)], partitionCount: Bench.partitionCount,
            logger: bench.logger)
        let start = Stopwatch.now
        return try await bench.withServices([history, runner]) {
            try await eventually("the read model is rebuilt", within: .seconds(600)) {
                let status = runner.status
                return status.lag == 0 && status.posted == Int64(count)
            }
            return [Double(count) / Stopwatch.seconds(since: start)]
        }
    }

    func yardstick() async throws -> [Double?] {
        defer { bench.remove("yard-view.sqlite") }
        return [
            try await bench.runYardstick(
                "rebuild", [bench.path("yard-events.sqlite"), bench.path("yard-view.sqlite"), "5000"])
        ]
    }

    func finish() async {
        await writer?.process.stop()
        writer = nil
        for file in ["rebuild.sqlite", "yard-events.sqlite"] { bench.remove(file) }
    }
}
