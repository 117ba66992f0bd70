import GRDB

/// Somebody who reads a file for long, and so keeps its write-ahead log from being emptied.
public final class LongReader: Sendable {
    private let database: DatabaseQueue

    /// Begins to read a table of the file: that of a read model or a reaction, unless another one is named.
    public init(_ path: String, table: String = "checkpoints") throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.allowsUnsafeTransactions = true
        database = try DatabaseQueue(path: path, configuration: configuration)
        try database.inDatabase { db in
            // The first statement that reads the file fixes what is seen of it.
            try db.execute(sql: "BEGIN")
            _ = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(table)")
        }
    }

    /// Lets go of it.
    public func end() throws { try database.inDatabase { try $0.execute(sql: "ROLLBACK") } }
}
