import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// Moves what is in a write-ahead log into its database file beside the connection that writes, so that commits wait
/// for it no longer than for a flush.
///
/// SQLite by itself does it within a commit, once there is enough of it: that commit, and all that wait behind it, take
/// a hundred times as long. Here a connection of its own copies meanwhile. Under a load that never pauses it cannot
/// come to the end of the log, which therefore could not begin anew: then, now and again, the writing connection copies
/// the little that is left.
final class BackgroundCheckpoints: Sendable {
    private let path: String
    private let queue = DispatchQueue(label: "daybook.checkpoints", qos: .utility)
    private let isUnderWay = Mutex(false)

    /// Pages in the log from which on it is copied, and from which on the writing connection brings that to an end.
    private static let (begin, finish): (Int32, Int32) = (16_000, 32_000)

    /// - Parameter path: The database file.
    init(path: String) { self.path = path }

    /// Takes over from SQLite's own checkpoints on the connection that writes, which must not outlive this object.
    func attach(to db: Database) {
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, connection, _, pages in
                guard let context else { return SQLITE_OK }
                let checkpoints = Unmanaged<BackgroundCheckpoints>.fromOpaque(context).takeUnretainedValue()
                checkpoints.committed(pages, connection)
                // A checkpoint that failed is no failure of the commit before it. The next commit tries again.
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func committed(_ pages: Int32, _ connection: OpaquePointer?) {
        guard pages >= Self.begin else { return }
        let begins = isUnderWay.withLock { isUnderWay in
            defer { isUnderWay = true }
            return !isUnderWay
        }
        guard begins else { return }
        if pages >= Self.finish {
            sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
            isUnderWay.withLock { $0 = false }
        } else {
            queue.async { [self] in
                copy()
                isUnderWay.withLock { $0 = false }
            }
        }
    }

    private func copy() {
        var connection: OpaquePointer?
        defer { sqlite3_close_v2(connection) }
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(path, &connection, flags, nil) == SQLITE_OK else { return }
        sqlite3_exec(connection, "PRAGMA synchronous = FULL", nil, nil, nil)
        sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
}
