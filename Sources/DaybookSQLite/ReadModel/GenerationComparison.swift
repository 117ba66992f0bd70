public import Daybook
import GRDB
import Synchronization

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
/// post to it. As long as this is there, the first one's write-ahead log only grows.
public final class GenerationComparison: Sendable {
    private static let shownRows = 20

    private let database: DatabaseQueue
    private let isInterrupted = Mutex(false)
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

    /// Reads from the first one, as it was.
    func readFirst<Value>(_ body: (Database) throws -> Value) throws -> Value { try database.inDatabase(body) }

    /// - Returns: The tables that are not equal, by name. Rows are compared as a set.
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
