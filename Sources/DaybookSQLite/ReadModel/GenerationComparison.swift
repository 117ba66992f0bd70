import GRDB

/// Where two generations differ in one of their projection's tables.
public struct TableDifference: Sendable, Codable, Equatable, CustomStringConvertible {
    public var table: String
    /// Rows that only the first has.
    public var onlyInFirst: Int
    /// Rows that only the second has.
    public var onlyInSecond: Int

    public var description: String { "\(table): \(onlyInFirst) rows are gone, \(onlyInSecond) are new" }
}

/// Compares the rows of two generations of the same version.
public enum GenerationComparison {
    private static let ownTables: Set<String> = [
        "projection", "checkpoints", "unreadable_messages", "generation", "parked_events", "skipped_events", "crashes",
        "indexed",
    ]

    /// - Returns: The tables that are not equal, by name. Rows are compared as a set.
    /// - Throws: `DatabaseError`.
    public static func differences(_ first: String, _ second: String) throws -> [TableDifference] {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let database = try DatabaseQueue(path: first, configuration: configuration)
        return try database.inDatabase { db in
            try db.execute(sql: "ATTACH DATABASE ? AS other", arguments: [second])
            let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            let names = try String.fetchAll(db, sql: "\(tables) ORDER BY name")
            return try names.filter { !ownTables.contains($0) }.compactMap { table in
                let name = table.quotedDatabaseIdentifier
                func rows(in left: String, notIn right: String) throws -> Int {
                    let rows = "SELECT * FROM \(left).\(name) EXCEPT SELECT * FROM \(right).\(name)"
                    return try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM (\(rows))") ?? 0
                }
                let difference = TableDifference(
                    table: table, onlyInFirst: try rows(in: "main", notIn: "other"),
                    onlyInSecond: try rows(in: "other", notIn: "main"))
                return difference.onlyInFirst + difference.onlyInSecond > 0 ? difference : nil
            }
        }
    }
}
