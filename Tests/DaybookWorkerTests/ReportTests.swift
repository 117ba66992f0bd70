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

    func post(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        try present.post(event, from: entry, in: db)
    }
}

@Suite struct `What a worker tells of a read model` {
    @Test func `has the messages that are kept in the file, also after a restart`() async throws {
        try await Ward.with { ward in
            let projection = FragileProjection(fault: ward.fault)
            let model = try SQLiteReadModel(folder: ward.readModel, projection: projection)
            let message = UnreadableMessage(
                partition: Partition(0), reason: "it cannot be", raw: RawMessage(body: [], bodySize: 0) { "{}" })
            try await model.post([], keeping: [message, message])
            let host = try Ward.Host(
                projection: projection, folder: ward.readModel, feed: ward.feed(FailurePolicy()), logger: ward.logger)
            #expect(try await host.report().unreadable == 2)
        }
    }

    @Test func `has the lag of what serves where nobody here posts to it`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<3)
            try await ward.withHost { try await ward.waitUntilServing($0) }
            try await ward.create(3..<5)
            let projection = NextProjection(present: FragileProjection(fault: ward.fault))
            // The next version is built, and does not serve yet.
            _ = try SQLiteReadModel(
                next: GenerationRecord(role: .building, isHeld: true), in: ReadModelFolder(ward.readModel),
                projection: projection)
            let next = try ProjectionHost(
                projection: projection, folder: ward.readModel, feed: ward.feed(FailurePolicy()), logger: ward.logger)
            let registry = PrometheusRegistry()
            try await ward.running(next) {
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
