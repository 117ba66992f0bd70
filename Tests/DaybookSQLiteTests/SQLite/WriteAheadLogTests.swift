import CoreMetrics
import Daybook
import Dispatch
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

private enum Thing: IntegrationEvent {
    case happened
    static let namespace = "thing"
}

private struct Nothing: SQLiteProjection, Reaction {
    static let name = "nothing"
    static let version = 1

    static func createTables(in db: Database) throws {}

    func apply(_ event: Thing, from entry: LogEntry, in db: Database) throws {}

    func react(to event: Thing, from entry: LogEntry, key: String) async throws {}
}

/// Makes metrics that nobody reads, and counts the gauges that are destroyed.
private final class Gauges: MetricsFactory {
    let destroyed = Tally()

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        NOOPMetricsHandler.instance
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { NOOPMetricsHandler.instance }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) { destroyed.add() }
    func destroyTimer(_ handler: any TimerHandler) {}
}

@Suite struct `A write-ahead log` {
    private let small = BackgroundCheckpoints.Limits(
        begin: 50, rest: 20, kept: 200_000, step: 300_000, stepPause: .milliseconds(1),
        readerPause: .milliseconds(5))

    private func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    private func withPool(_ body: (DatabasePool) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let pool = try DatabasePool(path: folder.appending(path: "f.sqlite").path)
            try await pool.write { try $0.execute(sql: "CREATE TABLE t(id INTEGER PRIMARY KEY, bytes BLOB)") }
            try await body(pool)
        }
    }

    private func add(_ rows: Int, bytes: Int = 10_000, to pool: DatabasePool) async throws {
        for _ in 0..<rows {
            try await pool.write { db in
                try db.execute(sql: "INSERT INTO t(bytes) VALUES(randomblob(?))", arguments: [bytes])
            }
        }
    }

    @Test func `that a long reader has left is not copied by a commit`() async throws {
        try await withPool { pool in
            var limits = small
            limits.readerPause = .seconds(3600)
            let checkpoints = BackgroundCheckpoints(for: pool, limits: limits)
            try await add(5, to: pool)
            await checkpoints.copy()
            let reader = try LongReader(pool.path, table: "t")
            try await add(100, to: pool)
            // After the look that found the reader: the next one is in an hour.
            await checkpoints.copy()
            try reader.end()
            let before = try size(pool.path)
            try await add(20, to: pool)
            #expect(try size(pool.path) == before)
            #expect(try size("\(pool.path)-wal") > 1_000_000)
            withExtendedLifetime(checkpoints) {}
        }
    }

    @Test func `is copied and its file cut once a long reader has ended, though nobody writes`() async throws {
        try await withPool { pool in
            let checkpoints = BackgroundCheckpoints(for: pool, limits: small)
            let reader = try LongReader(pool.path, table: "t")
            try await add(200, to: pool)
            #expect(try size("\(pool.path)-wal") > 2_000_000)
            try reader.end()
            try await eventually("the file is cut", every: .milliseconds(5)) {
                try size("\(pool.path)-wal") <= small.kept
            }
            #expect(try size(pool.path) > 2_000_000)
            try await add(1, to: pool)
            #expect(try await pool.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM t") } == 201)
            #expect(try await pool.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
            withExtendedLifetime(checkpoints) {}
        }
    }

    @Test func `begins again also where it is read and written all the time`() async throws {
        try await withPool { pool in
            let checkpoints = BackgroundCheckpoints(for: pool, limits: small)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<3 {
                    tasks.addTask {
                        while !Task.isCancelled {
                            _ = try? await pool.read { try Int.fetchOne($0, sql: "SELECT SUM(LENGTH(bytes)) FROM t") }
                        }
                    }
                }
                try await add(500, to: pool)
                let written = 500 * 10_000
                try await eventually("the log has begun again", every: .milliseconds(1)) {
                    try await add(1, to: pool)
                    return try size("\(pool.path)-wal") < written / 4
                }
                tasks.cancelAll()
                try await tasks.waitForAll()
            }
            withExtendedLifetime(checkpoints) {}
        }
    }

    @Test func `of a store is short again after a long reader`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let store = try SQLiteEventStore(path: path)
            try await appendMoves(store, 0..<1)
            let reader = try LongReader(path, table: "events")
            for _ in 0..<30 {
                let event = NewEvent(
                    id: .new(), type: "long", occurredAt: .now(), data: [UInt8](repeating: 0x20, count: 5_000_000),
                    metadata: [])
                _ = try await store.append(
                    AppendRequest(stream: try StreamName("user-1"), expected: .any, events: [event]))
            }
            #expect(try size("\(path)-wal") > 140_000_000)
            try reader.end()
            try await eventually("the file is cut") { try size("\(path)-wal") < 100_000_000 }
            #expect(try StoreVerification(path: path).run().position == 31)
        }
    }

    /// A generation that is opened anew is reported by two for a while.
    @Test func `is reported as long as anybody reports it`() async throws {
        try await withPool { pool in
            let metrics = Gauges()
            var first: BackgroundCheckpoints? = BackgroundCheckpoints(for: pool, limits: small, metrics: metrics)
            let second = BackgroundCheckpoints(for: pool, limits: small, metrics: metrics)
            #expect(metrics.destroyed.count == 0)
            withExtendedLifetime(first) {}
            first = nil
            #expect(metrics.destroyed.count == 0)
            withExtendedLifetime(second) {}
        }
    }

    @Test func `is reported no more once nobody does`() async throws {
        try await withPool { pool in
            let metrics = Gauges()
            for _ in 0..<2 { _ = BackgroundCheckpoints(for: pool, limits: small, metrics: metrics) }
            #expect(metrics.destroyed.count == 2)
        }
    }

    /// SQLite would copy from a thousand pages on.
    @Test func `of a read model or a reaction is not copied by its commits`() async throws {
        try await withTemporaryFolder { folder in
            let model = try SQLiteReadModel(folder: folder.appending(path: "m").path, projection: Nothing())
            let claim = try #require(try SQLiteReactionState<Nothing>.claim(in: folder.path))
            let state = try SQLiteReactionState(folder: folder.path, reaction: Nothing(), claim: claim)
            for pool in [model.pool, state.pool] {
                try await pool.write { try $0.execute(sql: "CREATE TABLE t(id INTEGER PRIMARY KEY, bytes BLOB)") }
                let before = try size(pool.path)
                try await add(10, bytes: 1_000_000, to: pool)
                #expect(try size(pool.path) == before)
            }
        }
    }
}
