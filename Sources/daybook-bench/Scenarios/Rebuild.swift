import Daybook
import DaybookRabbitMQ
import DaybookSQLite
import DaybookService
import DaybookWorker
import Foundation
import ServiceLifecycle
import UserViews

/// A read model is built from the history of the real writer, over the broker, until it is whole and serves.
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
        let host = ProjectionHost(
            store: try SQLiteReadModelStore(of: UsersProjection(), in: folder),
            feed: .init(
                subscription: broker.subscription(
                    projection: UsersProjection.name, partitionCount: Bench.partitionCount),
                history: history, sources: [Source(Bench.source)], partitionCount: Bench.partitionCount),
            logger: bench.logger)
        let start = Stopwatch.now
        return try await bench.withServices([history, host]) {
            // The link leads somewhere when everything is posted, indexed and on the disk.
            let link = "\(folder)/current.sqlite"
            try await eventually("the read model is rebuilt", within: .seconds(600)) {
                FileManager.default.fileExists(atPath: link)
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
