public import Daybook
import GRDB
import Synchronization

/// Compares the rows of two generations of the same version, the first as it was when this was made, while others
/// post to it. As long as this is there, the first one's write-ahead log only grows.
public final class GenerationComparison: Sendable {
    private let database: DatabaseQueue
    private let isInterrupted = Mutex(false)
    /// The progress of the first one.
    public let checkpoints: [Lane: Checkpoint]

    /// - Throws: `DatabaseError`.
    public init(_ first: String, _ second: String) throws {
        var configuration = Configuration.readOnly
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

    /// Reads from the first one, as it was.
    func readFirst<Value>(_ body: (Database) throws -> Value) throws -> Value { try database.inDatabase(body) }

    /// - Returns: The tables that are not equal, by name. The order of their rows does not count, how often each is there does.
    /// - Throws: `DatabaseError`, `CancellationError` after ``interrupt()``.
    public func differences() throws -> [TableDifference] {
        do {
            return try database.inDatabase { db in
                try db.projectionTables().compactMap { table in
                    if isInterrupted.withLock({ $0 }) { throw CancellationError() }
                    return try Self.difference(table, in: db)
                }
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            throw CancellationError()
        }
    }

    /// Lets ``differences()`` end early, on whichever thread it runs.
    public func interrupt() {
        isInterrupted.withLock { $0 = true }
        database.interrupt()
    }

    /// Equal rows are counted: a table without a key may have lost one of two, or have one twice.
    private static func difference(_ table: String, in db: Database) throws -> TableDifference? {
        let name = table.quotedDatabaseIdentifier
        let columns = try db.makeStatement(sql: "SELECT * FROM main.\(name)").columnNames
        // Texts that are equal to the projection may still be different rows.
        let row = columns.map { "\($0.quotedDatabaseIdentifier) COLLATE BINARY" }.joined(separator: ", ")
        let sql = """
            SELECT *, SUM("surplus in first") FROM (
                SELECT *, 1 AS "surplus in first" FROM main.\(name) UNION ALL SELECT *, -1 FROM other.\(name)
            ) GROUP BY \(row) HAVING SUM("surplus in first") <> 0
            """
        var difference = TableDifference(table: table)
        let rows = try Row.fetchCursor(db, sql: sql)
        while let row = try rows.next() {
            let surplus: Int = row[columns.count + 1]
            if surplus > 0 { difference.onlyInFirst += surplus } else { difference.onlyInSecond -= surplus }
            let shown = surplus > 0 ? difference.first : difference.second
            guard shown.count < TableDifference.shownRows else { continue }
            let text = row.prefix(columns.count).map { "\($0.0)=\($0.1)" }.joined(separator: " ")
            let counted = abs(surplus) == 1 ? text : "\(text) (\(abs(surplus)) times)"
            if surplus > 0 { difference.first.append(counted) } else { difference.second.append(counted) }
        }
        return difference.onlyInFirst + difference.onlyInSecond == 0 ? nil : difference
    }
}
