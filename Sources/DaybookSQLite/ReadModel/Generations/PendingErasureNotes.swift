import Daybook
import GRDB
import Synchronization

/// What the file of a read model or a reaction may still have of rows that were erased from it: in a gap of a page, or in
/// its write-ahead log.
///
/// An erasure is noted in the transaction that does it, and the note goes when the file was written anew and its log
/// emptied. So a file whose checkpoint has passed an erasure, and in which none is noted, has nothing of it.
final class PendingErasureNotes: Sendable {
    /// Numbers are never given twice: another process may erase meanwhile what is noted here.
    static let table = """
        CREATE TABLE IF NOT EXISTS erasures(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL);
        """

    private let pool: DatabasePool
    /// The last erasure since which the file was written anew.
    private let rewritten = Mutex<Int64>(0)

    init(in pool: DatabasePool) { self.pool = pool }

    /// Notes that rows are erased.
    static func note(in db: Database) throws {
        try db.execute(sql: "INSERT INTO erasures(at) VALUES(?)", arguments: [Timestamp.now().microseconds])
    }

    /// `true` when an erasure is noted, in a file that may be of an earlier version of this code.
    static func exist(in db: Database) throws -> Bool {
        guard try db.tableExists("erasures") else { return false }
        return try lastErasure(in: db) != nil
    }

    private static func lastErasure(in db: Database) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT MAX(id) FROM erasures")
    }

    /// Erases what is left, if anything is. A reader that holds the log is waited for, about a second, while others may
    /// write.
    ///
    /// - Returns: Whether nothing is left.
    /// - Throws: `DatabaseError`, for example when the disk is full; `CancellationError`.
    func erase() async throws -> Bool {
        for attempt in 0..<12 {
            if attempt > 0 { try await Task.sleep(for: .milliseconds(50)) }
            if try await pool.writeWithoutTransaction({ try self.erase(in: $0, attempt: attempt) }) { return true }
        }
        return false
    }

    private func erase(in db: Database, attempt: Int) throws -> Bool {
        guard let last = try Self.lastErasure(in: db) else { return true }
        // A page may have a copy of a row in a gap, from which the row was moved before it was erased.
        if rewritten.withLock({ $0 < last }) {
            try db.execute(sql: "VACUUM")
            rewritten.withLock { $0 = last }
        }
        guard try db.emptyWriteAheadLog(attempt: attempt) else { return false }
        try db.execute(sql: "DELETE FROM erasures WHERE id <= ?", arguments: [last])
        return try Self.lastErasure(in: db) == nil
    }
}

extension [Posting] {
    /// The streams that are forgotten in them.
    var forgotten: [StreamName] {
        flatMap { $0.entries.filter(\.log.isForgetting).map(\.log.stream) }
    }
}
