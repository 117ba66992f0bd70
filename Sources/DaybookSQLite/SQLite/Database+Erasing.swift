import GRDB

extension Database {
    /// Copies the write-ahead log into the file and cuts it to nothing, so that nothing that was overwritten in the file
    /// is left in the log. Must not run in a transaction.
    ///
    /// - Returns: Whether it could be: a reader may hold it.
    func emptyWriteAheadLog() throws -> Bool {
        // Nobody waits here for a reader: it is tried again later.
        let patience = try Int.fetchOne(self, sql: "PRAGMA busy_timeout") ?? 0
        _ = try Int.fetchOne(self, sql: "PRAGMA busy_timeout = 0")
        defer { _ = try? Int.fetchOne(self, sql: "PRAGMA busy_timeout = \(patience)") }
        do {
            return try Int.fetchOne(self, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
        {
            return false
        }
    }
}
