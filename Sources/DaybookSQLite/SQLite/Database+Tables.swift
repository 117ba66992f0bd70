public import GRDB

/// The tables that every read model has besides those of its projection.
private let tablesOfEveryReadModel: Set<String> = [
    "projection", "checkpoints", "unreadable_messages", "unreadable_drops", "generation", "parked_events",
    "skipped_events", "crashes", "indexed", "erasures", "tolerated_failures",
]

extension Database {
    /// The names of the tables of a read model that its projection has made, in order.
    ///
    /// - Throws: `DatabaseError`.
    public func projectionTables() throws -> [String] {
        let tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        return try String.fetchAll(self, sql: "\(tables) ORDER BY name").filter { !tablesOfEveryReadModel.contains($0) }
    }
}
