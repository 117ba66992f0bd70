public import Daybook
import GRDB

/// Where two generations differ in one of their projection's tables.
public struct TableDifference: Sendable, Codable, Equatable, CustomStringConvertible {
    public var table: String
    /// Rows that only the first has.
    public var onlyInFirst: Int
    /// Rows that only the second has.
    public var onlyInSecond: Int
    /// Some of them, column by column.
    public var first: [String]
    /// Some of them, column by column.
    public var second: [String]

    public var description: String { "\(table): \(onlyInFirst) rows are gone, \(onlyInSecond) are new" }
}

/// Compares the rows of two generations of the same version, the first as it was when this was made, while others
/// post to it.
public final class GenerationComparison: Sendable {
    private static let ownTables: Set<String> = [
        "projection", "checkpoints", "unreadable_messages", "generation", "parked_events", "skipped_events", "crashes",
        "indexed",
    ]
    private static let shownRows = 20

    private let database: DatabaseQueue
    /// How far the first one was.
    public let checkpoints: [Lane: Checkpoint]

    /// - Throws: `DatabaseError`.
    public init(_ first: String, _ second: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.allowsUnsafeTransactions = true
        database = try DatabaseQueue(path: first, configuration: configuration)
        checkpoints = try database.inDatabase { db in
            try db.execute(sql: "ATTACH DATABASE ? AS other", arguments: [second])
            // The first statement that reads a file fixes what is seen of it until the end.
            try db.execute(sql: "BEGIN")
            return try ReadModelSchema.checkpoints(in: db)
        }
    }

    deinit { try? database.inDatabase { try $0.execute(sql: "ROLLBACK") } }

    /// - Returns: The tables that are not equal, by name. Rows are compared as a set.
    /// - Throws: `DatabaseError`.
    public func differences() throws -> [TableDifference] {
        try database.inDatabase { db in
            let tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            let names = try String.fetchAll(db, sql: "\(tables) ORDER BY name").filter { !Self.ownTables.contains($0) }
            return try names.compactMap { try Self.difference($0, in: db) }
        }
    }

    private static func difference(_ table: String, in db: Database) throws -> TableDifference? {
        let name = table.quotedDatabaseIdentifier
        func rows(in left: String, notIn right: String) throws -> (count: Int, some: [String]) {
            let rows = "SELECT * FROM \(left).\(name) EXCEPT SELECT * FROM \(right).\(name)"
            let count = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM (\(rows))") ?? 0
            let some = count == 0 ? [] : try Row.fetchAll(db, sql: "\(rows) LIMIT \(shownRows)")
            return (count, some.map { row in row.map { "\($0.0)=\($0.1)" }.joined(separator: " ") })
        }
        let (first, second) = (try rows(in: "main", notIn: "other"), try rows(in: "other", notIn: "main"))
        if first.count + second.count == 0 { return nil }
        return TableDifference(
            table: table, onlyInFirst: first.count, onlyInSecond: second.count, first: first.some,
            second: second.some)
    }
}
