import CoreMetrics
import Daybook
import DaybookAPI
import DaybookSQLite
import DaybookService
import GRDB
import TestSupport
import Testing
import Users

@testable import DaybookWorker

/// The `users` projection as its code will be next.
private struct NextProjection: SQLiteProjection {
    static let name = FragileProjection.name
    static let version = 2

    let present: FragileProjection

    static func createTables(in db: Database) throws { try FragileProjection.createTables(in: db) }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        try present.apply(event, from: entry, in: db)
    }
}

@Suite struct `What a worker tells of a read model` {
    @Test func `has the messages that are kept in the file, also after a restart`() async throws {
        try await WorkerFixture.with { fixture in
            let projection = FragileProjection(fault: fixture.fault)
            let model = try SQLiteReadModel(folder: fixture.readModel, projection: projection)
            let message = UnreadableMessage(
                partition: Partition(0), reason: "it cannot be", raw: RawMessage(body: [], bodySize: 0) { "{}" })
            try await model.apply([], keeping: [message, message])
            let host = try WorkerFixture.Host(
                projection: projection, folder: fixture.readModel, feed: fixture.feed(FailurePolicy()),
                logger: fixture.logger)
            #expect(try await host.report().unreadable == 2)
        }
    }

    @Test func `has the lag of what serves where nobody here posts to it`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            try await fixture.create(3..<5)
            let projection = NextProjection(present: FragileProjection(fault: fixture.fault))
            // The next version is built, and does not serve yet.
            _ = try SQLiteReadModel(
                next: GenerationRecord(role: .building, isHeld: true), in: ReadModelFolder(fixture.readModel),
                projection: projection)
            let next = try ProjectionHost(
                projection: projection, folder: fixture.readModel, feed: fixture.feed(FailurePolicy()),
                logger: fixture.logger)
            let registry = PrometheusRegistry()
            try await fixture.running(next) {
                try await eventually("the heads are known") {
                    next.status.lag == 2 && next.status.lanes.allSatisfy { $0.state == .frozen }
                }
                withMetricsFactory(registry) { next.measureFrozen() }
            }
            let metrics = registry.render()
            for (name, value) in [("lag_events", 2), ("well", 1), ("generation", 1)] {
                #expect(metrics.contains(#"daybook_projection_\#(name){projection="users"} \#(value)"#))
            }
        }
    }
}
