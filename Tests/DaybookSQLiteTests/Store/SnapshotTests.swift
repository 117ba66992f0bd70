import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing

/// Adds numbers, and can be told when to be kept.
private protocol Adding: Aggregate where Event == Added, Command == Add, Failure == Refused {
    var sum: Int { get set }
    init()
}

private enum Added: DomainEvent, Equatable { case added(amount: Int) }
private enum Add: Codable, Sendable { case add(amounts: [Int]) }
private enum Refused: DomainFailure { case no }

extension Adding {
    static var category: StreamCategory { "sum" }

    func handle(_ command: Add) throws(Refused) -> [Added] {
        switch command {
        case .add(let amounts): amounts.map { .added(amount: $0) }
        }
    }

    mutating func apply(_ event: Added) { if case .added(let amount) = event { sum += amount } }
}

private struct Plain: Adding, Equatable { var sum = 0 }

private struct Often: Adding, Equatable {
    static let snapshots = SnapshotPolicy.every(10)
    var sum = 0
}

private struct WhenSlow: Adding, Equatable {
    static let snapshots = SnapshotPolicy.afterReplaying(50)
    var sum = 0
}

/// Counts the events that were applied to any of it.
private struct Counted: Adding, Equatable {
    static let snapshots = SnapshotPolicy.afterReplaying(50)
    static let applied = Tally()
    var sum = 0

    mutating func apply(_ event: Added) {
        Self.applied.add()
        if case .added(let amount) = event { sum += amount }
    }
}

private struct Changed: Adding, Equatable {
    static let snapshots = SnapshotPolicy.afterReplaying(50)
    static let snapshotVersion = 2
    var sum = 0
}

@Suite struct `A snapshot` {
    private let stream = StreamName(stored: "sum-a")

    private func withStore(_ body: (SQLiteEventStore, String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "store.sqlite").path
            try await body(SQLiteEventStore(path: path), path)
        }
    }

    private func fill(_ store: SQLiteEventStore, _ count: Int) async throws {
        let plain = Repository<Plain>(store: store)
        for first in stride(from: 0, to: count, by: 500) {
            try await plain.execute(.add(amounts: Array(first..<min(first + 500, count))), on: "a")
        }
    }

    private func waitForSnapshot(_ store: SQLiteEventStore, _ version: StreamVersion, _ form: Int = 1) async throws {
        try await eventually("there is a snapshot at \(version)", every: .milliseconds(5)) {
            try await store.snapshot(of: stream, schemaVersion: form)?.version == version
        }
    }

    @Test func `makes loading ten thousand events at least twenty times as fast, and changes nothing`() async throws {
        try await withStore { store, _ in
            try await fill(store, 10_000)
            let (counted, plain) = (Repository<Counted>(store: store), Repository<Plain>(store: store))
            _ = try await counted.load("a")
            #expect(Counted.applied.count == 10_000)
            try await waitForSnapshot(store, 10_000)
            func time(_ body: () async throws -> Void) async rethrows -> Duration {
                let start = ContinuousClock.now
                for _ in 0..<5 { try await body() }
                return ContinuousClock.now - start
            }
            let without = try await time { _ = try await plain.load("a") }
            let with = try await time { _ = try await counted.load("a") }
            #expect(with < without / 20, "\(with) with, \(without) without")
            let (kept, replayed) = (try await counted.load("a"), try await plain.load("a"))
            #expect(kept.version == replayed.version && kept.aggregate.sum == replayed.aggregate.sum)
            // Whatever the clock says: nothing was replayed, and what came after it is.
            #expect(Counted.applied.count == 10_000)
            try await plain.execute(.add(amounts: [1, 2]), on: "a")
            #expect(try await counted.load("a").aggregate.sum == plain.load("a").aggregate.sum)
            #expect(Counted.applied.count == 10_002)
        }
    }

    @Test(arguments: [
        "UPDATE snapshots SET state = CAST('{\"sum\":1}' AS BLOB)", "UPDATE snapshots SET version = 7",
        "UPDATE snapshots SET checksum = zeroblob(32)", "UPDATE snapshots SET state = x'7b'",
        "UPDATE snapshots SET version = 999", "DELETE FROM snapshots",
    ])
    func `that is damaged or gone is of no use, and does no harm`(sql: String) async throws {
        try await withStore { store, path in
            try await fill(store, 200)
            let slow = Repository<WhenSlow>(store: store)
            let sum = try await slow.load("a").aggregate.sum
            try await waitForSnapshot(store, 200)
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            try await DatabaseQueue(path: path, configuration: configuration).write { try $0.execute(sql: sql) }
            #expect(try await store.snapshot(of: stream, schemaVersion: 1) == nil)
            #expect(try await slow.load("a").aggregate.sum == sum)
            // The next load has taken another one.
            try await waitForSnapshot(store, 200)
        }
    }

    @Test func `of another form is ignored, and replaced`() async throws {
        try await withStore { store, _ in
            try await fill(store, 200)
            _ = try await Repository<WhenSlow>(store: store).load("a")
            try await waitForSnapshot(store, 200)
            let changed = Repository<Changed>(store: store)
            #expect(try await changed.load("a").aggregate.sum == 19_900)
            try await waitForSnapshot(store, 200, 2)
            #expect(try await store.snapshot(of: stream, schemaVersion: 1) == nil)
        }
    }

    @Test func `is not taken of what could not be appended`() async throws {
        try await withStore { store, path in
            try await Repository<Plain>(store: store).execute(.add(amounts: [1]), on: "a")
            let database = try DatabaseQueue(path: path)
            try await database.write { db in
                try db.execute(
                    sql: """
                        CREATE TRIGGER refuse BEFORE INSERT ON events
                        BEGIN SELECT RAISE(ABORT, 'not now'); END
                        """)
            }
            let often = Repository<Often>(store: store)
            await #expect(throws: AppendError.self) {
                try await often.execute(.add(amounts: Array(repeating: 1, count: 20)), on: "a")
            }
            try await database.write { try $0.execute(sql: "DROP TRIGGER refuse") }
            // As many others come after all; then a snapshot is taken of them.
            try await Repository<Plain>(store: store).execute(.add(amounts: Array(repeating: 2, count: 20)), on: "a")
            #expect(try await often.load("a").aggregate.sum == 41)
            try await often.execute(.add(amounts: Array(repeating: 3, count: 10)), on: "a")
            try await waitForSnapshot(store, 31)
            #expect(try await often.load("a").aggregate.sum == 71)
        }
    }

    @Test func `is taken when its mark is passed, not only when it is met`() async throws {
        try await withStore { store, path in
            let database = try DatabaseQueue(path: path)
            try await database.write { db in
                for change in ["INSERT", "UPDATE"] {
                    try db.execute(
                        sql: """
                            CREATE TABLE IF NOT EXISTS taken(version INTEGER);
                            CREATE TRIGGER note_\(change) AFTER \(change) ON snapshots
                            BEGIN INSERT INTO taken VALUES(NEW.version); END
                            """)
                }
            }
            let often = Repository<Often>(store: store, cached: 10)
            try await often.execute(.add(amounts: Array(0..<9)), on: "a")
            try await often.execute(.add(amounts: [1, 1, 1, 1]), on: "a")
            try await waitForSnapshot(store, 13)
            try await often.execute(.add(amounts: [1]), on: "a")
            try await often.execute(.add(amounts: Array(repeating: 1, count: 30)), on: "a")
            try await waitForSnapshot(store, 44)
            // They are taken beside the commands, each after the one before: none is still to come.
            let taken = try await database.read { try Int.fetchAll($0, sql: "SELECT version FROM taken") }
            #expect(taken == [13, 44])
        }
    }
}
