import GRDB
import GRDBSQLite

extension Database {
    /// Copies the write-ahead log into the file and cuts it to nothing, so that nothing that was overwritten in the file
    /// is left in the log. Must not run in a transaction.
    ///
    /// - Parameter attempt: The first one, 0, waits for no reader. Under steady reads there is always one, but once the
    ///   log is copied new ones need only the file: later attempts wait a moment for those that still need the log.
    ///   Nobody else can write meanwhile.
    /// - Returns: Whether it could be: a reader may hold it.
    func emptyWriteAheadLog(attempt: Int) throws -> Bool {
        let usual = try Int32.fetchOne(self, sql: "PRAGMA busy_timeout") ?? 0
        // Not by a statement: none is run any more once the task is cancelled.
        sqlite3_busy_timeout(sqliteConnection, attempt == 0 ? 0 : 30)
        defer { sqlite3_busy_timeout(sqliteConnection, usual) }
        do {
            return try Int.fetchOne(self, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
        {
            return false
        }
    }
}
