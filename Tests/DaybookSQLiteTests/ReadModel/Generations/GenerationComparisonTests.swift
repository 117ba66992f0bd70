import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing

/// A table in which rows may be equal.
private struct Visits: SQLiteProjection {
    enum Event: IntegrationEvent {
        case happened
        static let namespace = "visit"
    }

    static let name = "visits"
    static let version = 1

    static func createTables(in db: Database) throws {
        try db.execute(sql: "CREATE TABLE visits(page TEXT COLLATE NOCASE, day INTEGER)")
    }

    func apply(_ event: Event, from entry: LogEntry, in db: Database) throws {}
}

@Suite struct `A comparison of two generations` {
    private func compared(_ first: String, _ second: String) async throws -> TableDifference? {
        try await withTemporaryFolder { folder in
            let folder = try ReadModelFolder(folder.path)
            let models = try [first, second].map { values in
                let model = try SQLiteReadModel(
                    next: GenerationRecord(role: .building), in: folder, projection: Visits())
                try changeReadModel(model.path, "INSERT INTO visits VALUES \(values)")
                return model
            }
            return try GenerationComparison(models[0].path, models[1].path).differences().first
        }
    }

    @Test func `takes no notice of the order of rows`() async throws {
        let rows = "('a', 1), (NULL, 2), ('a', 1)"
        #expect(try await compared(rows, "(NULL, 2), ('a', 1), ('a', 1)") == nil)
    }

    @Test func `sees a row that is there once more, or once less`() async throws {
        let more = try #require(try await compared("('a', 1), ('b', 2)", "('a', 1), ('a', 1), ('b', 2)"))
        #expect(more.onlyInFirst == 0 && more.onlyInSecond == 1)
        #expect(more.second.count == 1 && more.second.first?.contains("times") == false)
        let fewer = try #require(try await compared("('a', 1), ('a', 1), (NULL, 2), (NULL, 2)", "('a', 1)"))
        #expect(fewer.onlyInFirst == 3 && fewer.onlyInSecond == 0)
        #expect(fewer.first.count == 2 && fewer.first.contains { $0.hasSuffix("(2 times)") })
    }

    @Test func `sees a difference that the column's collation does not`() async throws {
        let difference = try #require(try await compared("('a', 1)", "('A', 1)"))
        #expect(difference.onlyInFirst == 1 && difference.onlyInSecond == 1)
    }

    @Test func `shows some of many rows, and counts all`() async throws {
        let many = (1...100).map { "('a', \($0))" }.joined(separator: ", ")
        let difference = try #require(try await compared(many, "('b', 1)"))
        #expect(difference.onlyInFirst == 100 && difference.onlyInSecond == 1)
        #expect(difference.first.count == 20 && difference.second.count == 1)
    }
}
