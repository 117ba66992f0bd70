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
        try checkpoint(.truncate, waiting: attempt == 0 ? 0 : 30)
    }

    /// Copies the write-ahead log into the file. Must not run in a transaction.
    ///
    /// - Parameter milliseconds: How long it waits for readers.
    /// - Returns: `false` when a reader still holds the log.
    func checkpoint(_ mode: CheckpointMode, waiting milliseconds: Int32) throws -> Bool {
        let usual = try Int32.fetchOne(self, sql: "PRAGMA busy_timeout") ?? 0
        // Not by a statement: none is run any more once the task is cancelled.
        sqlite3_busy_timeout(sqliteConnection, milliseconds)
        defer { sqlite3_busy_timeout(sqliteConnection, usual) }
        do {
            try checkpoint(mode)
            return true
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
        {
            return false
        }
    }
}
