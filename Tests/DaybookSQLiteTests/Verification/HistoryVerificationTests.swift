import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing

private protocol Summing: Aggregate where Command == SumCommand, Failure == Refused {}

private enum SumCommand: Codable, Sendable {
    case add(amount: Int)
    case note(text: String)
}

private enum Refused: DomainFailure { case no }

private enum SumEvent: DomainEvent {
    case added(amount: Int)
    case noted(text: String)
}

private enum PublishedSum: IntegrationEvent {
    case added(amount: Int)
    static let namespace = "sum"
}

/// The code that wrote the store.
private struct Sum: Summing {
    static let category: StreamCategory = "sum"

    static func published(_ event: SumEvent) -> [PublishedSum] {
        if case .added(let amount) = event { [.added(amount: amount)] } else { [] }
    }

    mutating func apply(_ event: SumEvent) {}

    func handle(_ command: SumCommand) throws(Refused) -> [SumEvent] {
        switch command {
        case .add(let amount): [.added(amount: amount)]
        case .note(let text): [.noted(text: text)]
        }
    }
}

private enum ForgetfulEvent: DomainEvent { case added(amount: Int) }

/// Code that has forgotten what a note is.
private struct Forgetful: Summing {
    static let category: StreamCategory = "sum"
    mutating func apply(_ event: ForgetfulEvent) {}
    func handle(_ command: SumCommand) throws(Refused) -> [ForgetfulEvent] { [] }
}

private struct TooLarge: Error {}

private enum ChangedEvent: DomainEvent {
    case added(text: String)
    case noted(text: String)

    static let schemaVersions = ["added": 2]
    static let upcasters: [Upcaster] = [
        .changed("added", from: 1) { data in
            guard case .some(.number(let digits)) = data["amount"], digits.count < 2 else { throw TooLarge() }
            data = ["text": .text(digits)]
        }
    ]
}

/// Code that has texts for amounts, and brings only the small ones up.
private struct Changed: Summing {
    static let category: StreamCategory = "sum"
    mutating func apply(_ event: ChangedEvent) {}
    func handle(_ command: SumCommand) throws(Refused) -> [ChangedEvent] { [] }
}

private struct TotalsProjection: SQLiteProjection {
    static let name = "totals"
    static let version = 1

    /// Amounts from here on cannot be posted.
    var limit = Int.max

    static func createTables(in db: Database) throws {
        try db.execute(sql: "CREATE TABLE totals(id TEXT PRIMARY KEY NOT NULL, total INTEGER NOT NULL)")
    }

    func apply(_ event: PublishedSum, from entry: LogEntry, in db: Database) throws {
        guard case .added(let amount) = event, amount < limit else { throw TooLarge() }
        let sql = "INSERT INTO totals VALUES(?, ?) ON CONFLICT DO UPDATE SET total = total + excluded.total"
        try db.run(sql, .text(entry.stream.id), .integer(Int64(amount)))
    }
}

private struct TablelessProjection: SQLiteProjection {
    static let name = "tableless"
    static let version = 1
    static func createTables(in db: Database) throws { try db.execute(sql: "CREATE TABLE t(x)") }
    static func createIndexes(in db: Database) throws { try db.execute(sql: "CREATE INDEX i ON other(x)") }
    func apply(_ event: PublishedSum, from entry: LogEntry, in db: Database) throws {}
}

/// Appends 40 amounts to four streams, and a note after 9, 19, 29 and 39 if it is asked for.
private func appendAmounts(to path: String, withNotes: Bool = false) async throws {
    let sums = Repository<Sum>(store: try SQLiteEventStore(path: path))
    for amount in 0..<40 {
        try await sums.execute(.add(amount: amount), on: "s\(amount % 4)")
        if withNotes && amount % 10 == 9 { try await sums.execute(.note(text: "n"), on: "s\(amount % 4)") }
    }
}

@Suite struct `Trying code on a history` {
    private func withStore(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "store.sqlite").path
            try await appendAmounts(to: path, withNotes: true)
            try await body(path)
        }
    }

    private func report(
        _ path: String, _ aggregates: [any Aggregate.Type], _ projections: [any SQLiteProjection] = []
    ) async throws -> HistoryReport {
        let verification = HistoryVerification(path: path, aggregates: aggregates, projections: projections)
        return try await verification.run()
    }

    @Test func `finds nothing where the code fits`() async throws {
        try await withStore { path in
            let report = try await report(path, [Sum.self], [TotalsProjection()])
            #expect(report.problems.isEmpty && report.omitted == 0)
            #expect(report.events == 44 && report.entries == 40)
        }
    }

    @Test func `names a type that the code lacks, once, with its first position`() async throws {
        try await withStore { path in
            let problems = try await report(path, [Forgetful.self]).problems
            let problem = try #require(problems.first)
            #expect(problems.count == 1 && problem.part == "aggregate sum" && problem.type == "noted")
            #expect(problem.schemaVersion == 1 && problem.count == 4 && problem.position == 11)
        }
    }

    @Test func `names a schema version that cannot be brought up`() async throws {
        try await withStore { path in
            let problems = try await report(path, [Changed.self]).problems
            let problem = try #require(problems.first)
            #expect(problems.count == 1 && problem.type == "added" && problem.schemaVersion == 1)
            // 0 to 9 go; a note follows the 9.
            #expect(problem.count == 30 && problem.position == 12 && problem.reason.contains("TooLarge"))
        }
    }

    @Test func `names a category without an aggregate`() async throws {
        try await withStore { path in
            let problems = try await report(path, []).problems
            #expect(problems.map(\.type) == ["added", "noted"] && problems.map(\.count) == [40, 4])
            #expect(problems.allSatisfy { $0.reason.contains("no aggregate") })
        }
    }

    @Test func `names what a projection cannot post, and one whose read model cannot be made`() async throws {
        try await withStore { path in
            let projections: [any SQLiteProjection] = [TotalsProjection(limit: 30), TablelessProjection()]
            let problems = try await report(path, [Sum.self], projections).problems
            #expect(problems.map(\.part) == ["projection totals", "projection tableless"])
            // Of each of the four streams the first fails, and those behind it wait.
            #expect(problems.first?.type == "sum.added" && problems.first?.count == 4)
            #expect(problems.first?.position == 34 && problems.first?.reason.contains("TooLarge") == true)
            #expect(problems.last?.type == nil && problems.last?.reason.contains("other") == true)
        }
    }

    @Test func `works on a backup, and beside a writer, and leaves no file behind`() async throws {
        try await withStore { path in
            let store = try SQLiteEventStore(path: path)
            #expect(try await report(path, [Sum.self], [TotalsProjection()]).problems.isEmpty)
            let copy = path + ".copy"
            _ = try StoreBackup(of: path).write(to: copy)
            #expect(try await report(copy, [Forgetful.self]).problems.count == 1)
            let folder = URL(filePath: copy).deletingLastPathComponent()
            #expect(try remains(of: "store.sqlite.copy", in: folder) == ["store.sqlite.copy"])
            #expect(try await store.head() == 44)
        }
    }
}

@Suite struct `A read model beside a replay` {
    /// A store, and a read model of it that could not post what is 37 or more: an event in each of three streams.
    private func withModel(
        _ body: (_ store: String, _ folder: String, SQLiteReadModel<TotalsProjection>) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let (path, model) = (folder.appending(path: "s.sqlite").path, folder.appending(path: "totals").path)
            try await appendAmounts(to: path)
            let readModel = try SQLiteReadModel(folder: model, projection: TotalsProjection(limit: 37))
            let log = try StoreLog(path: path)
            for partition in Partition.all(log.partitionCount) {
                let slice = try await log.slice(partition, after: .zero, limit: 1000, maximumBytes: .max)
                let lane = Lane(source: "writer", partition: partition)
                _ = try await readModel.replay(slice.entries, of: lane, slice.epoch, after: nil)
            }
            #expect(try await readModel.parkedCount() == 3)
            try await body(path, model, readModel)
        }
    }

    private func findings(
        _ model: String, _ store: String, _ projection: TotalsProjection = TotalsProjection()
    ) async throws -> ReadModelFindings {
        try await ReadModelVerification(model, of: store).run(with: [TablelessProjection(), projection])
    }

    private func change(_ path: String, _ sql: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        try DatabaseQueue(path: path, configuration: configuration).inDatabase { try $0.execute(sql: sql) }
    }

    @Test func `has the same rows, streams with parked events left out and named`() async throws {
        try await withModel { store, folder, model in
            for path in [folder, model.path] {
                let findings = try await findings(path, store)
                #expect(findings.isReplay && findings.projection == "totals" && findings.events == 40)
                #expect(findings.leftOut == ["sum-s1", "sum-s2", "sum-s3"])
            }
            let skipped = try #require(try await model.skipParked("sum-s1", of: "writer").skipped)
            let findings = try await findings(folder, store)
            #expect(findings.isReplay && findings.leftOut == ["sum-s2", "sum-s3", "event \(skipped)"])
        }
    }

    @Test(arguments: [
        ("UPDATE totals SET total = total + 1 WHERE id = 's0'", 1, 1), ("DELETE FROM totals WHERE id = 's2'", 0, 1),
        ("INSERT INTO totals VALUES('s9', 1)", 1, 0),
    ])
    func `that was changed is noticed, row by row`(sql: String, surplus: Int, missing: Int) async throws {
        try await withModel { store, folder, model in
            try change(model.path, sql)
            let findings = try await findings(folder, store)
            let difference = try #require(findings.differences.first)
            #expect(!findings.isReplay && difference.table == "totals")
            #expect(difference.onlyInFirst == surplus && difference.onlyInSecond == missing)
        }
    }

    @Test func `that has posted what the log has not is noticed`() async throws {
        try await withModel { store, folder, model in
            let partition = "(SELECT MIN(partition) FROM checkpoints)"
            try change(model.path, "UPDATE checkpoints SET hash = zeroblob(32) WHERE partition = \(partition)")
            let findings = try await findings(folder, store)
            #expect(!findings.isReplay && findings.problems.count == 1 && findings.differences.isEmpty)
        }
    }

    @Test func `that its code could not post any more is noticed`() async throws {
        try await withModel { store, folder, _ in
            let findings = try await findings(folder, store, TotalsProjection(limit: 20))
            #expect(findings.problems.count == 4 && findings.problems.allSatisfy { $0.contains("TooLarge") })
        }
    }

    @Test func `of another log, or of a projection that is not known, is refused`() async throws {
        try await withModel { store, folder, model in
            _ = try StoreRestore(to: store + ".restored").run(from: store)
            await #expect(throws: StoreError.self) { try await findings(folder, store + ".restored") }
            await #expect(throws: StoreError.self) {
                try await ReadModelVerification(folder, of: store).run(with: [TablelessProjection()])
            }
            #expect(throws: StoreError.self) { try ReadModelVerification(folder + "/nothing", of: store) }
            #expect(throws: StoreError.self) { try ReadModelVerification(store, of: store) }
            try change(model.path, "UPDATE projection SET version = 2")
            await #expect(throws: StoreError.self) { try await findings(folder, store) }
        }
    }
}
