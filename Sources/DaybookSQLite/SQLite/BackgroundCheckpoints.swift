import Foundation
import GRDB
import GRDBSQLite
import Metrics
import Synchronization

/// Moves what is in a write-ahead log into its database file beside the connection that writes, so that no commit waits
/// for more than a bounded copy, and keeps the log's file short.
///
/// SQLite by itself copies within a commit, once there is enough of it: that commit, and all that wait behind it, take
/// a hundred times as long. Here a connection of its own copies meanwhile. A log begins again at its start only when all
/// of it is copied and nobody reads it, so the writing connection copies the last pages and waits a moment for readers.
///
/// While somebody reads an old snapshot the log grows by all that is written. Once that reader ends, the log is copied
/// in the background, however long it is. Then its file is cut in steps: to cut off gigabytes at once takes seconds.
final class BackgroundCheckpoints: Sendable {
    /// The limits at which it acts. Sizes of files are in bytes.
    struct Limits {
        /// Pages in the log from which on it is copied.
        var begin: Int32 = 16_000
        /// Pages that the writing connection may have to copy itself.
        var rest: Int32 = 4000
        /// The size of the log's file that is left to it.
        var kept: Int64 = 96_000_000
        /// The bytes that are cut off the log's file at once.
        var step: Int64 = 128_000_000
        /// Time between two steps.
        var stepPause = DispatchTimeInterval.milliseconds(250)
        /// Time until a log that somebody reads is looked at again.
        var readerPause = DispatchTimeInterval.seconds(1)
    }

    private let pool: DatabasePool
    private let limits: Limits
    private let queue = DispatchQueue(label: "daybook.checkpoints", qos: .utility)
    private let size: Gauge
    /// The number of objects that report the size of a file's log. One that still copies may end after the next one has
    /// begun.
    private static let reporting = Mutex<[String: Int]>([:])
    /// Pages in the log as of the last commit.
    private let pages = Atomic<Int32>(0)
    private let isUnderWay = Atomic<Bool>(false)
    /// The number of times in a row that the background copies before the writing connection does, however much has
    /// come meanwhile.
    private static let rounds = 5
    /// Milliseconds for which the writing connection waits for readers.
    private static let readerTimeout: Int32 = 20

    /// Takes over from SQLite's own checkpoints on the connection that writes, which must not outlive this object.
    init(
        for pool: DatabasePool, limits: Limits = Limits(), metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.pool = pool
        self.limits = limits
        size = Self.reporting.withLock { reporting in
            reporting[pool.path, default: 0] += 1
            return Gauge(
                label: "daybook_write_ahead_log_bytes", dimensions: [("file", pool.path)], factory: metrics)
        }
        pool.writeWithoutTransaction { attach(to: $0) }
        size.record(fileSize)
    }

    deinit {
        Self.reporting.withLock { reporting in
            let others = reporting[pool.path, default: 1] - 1
            reporting[pool.path] = others == 0 ? nil : others
            if others == 0 { size.destroy() }
        }
    }

    private func attach(to db: Database) {
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                let checkpoints = Unmanaged<BackgroundCheckpoints>.fromOpaque(context).takeUnretainedValue()
                checkpoints.committed(pages)
                // A checkpoint that failed is no failure of the commit before it.
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func committed(_ pages: Int32) {
        self.pages.store(pages, ordering: .relaxed)
        guard pages >= limits.begin, !isUnderWay.exchange(true, ordering: .acquiringAndReleasing) else { return }
        queue.async { [self] in run() }
    }

    /// Copies all that it can, then lets the log begin again.
    private func run() {
        size.record(fileSize)
        for _ in 0..<Self.rounds {
            guard let log = Self.copy(pool.path), log.pages - log.copied <= limits.rest else {
                return look(after: limits.readerPause)
            }
            if pages.load(ordering: .relaxed) - log.copied <= limits.rest { break }
        }
        pool.asyncWriteWithoutTransaction { [self] db in look(after: restart(db)) }
    }

    /// Copies what is in the log now, as far as no reader keeps it.
    func copy() async {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                _ = Self.copy(pool.path)
                continuation.resume()
            }
        }
    }

    private func look(after pause: DispatchTimeInterval?) {
        guard let pause else { return isUnderWay.store(false, ordering: .releasing) }
        queue.asyncAfter(deadline: .now() + pause) { [weak self] in self?.run() }
    }

    /// Copies what no reader keeps from being copied.
    ///
    /// - Returns: The pages in the log, and how many of them are copied; `nil` when it cannot be copied now.
    private static func copy(_ path: String) -> (pages: Int32, copied: Int32)? {
        var connection: OpaquePointer?
        defer { sqlite3_close_v2(connection) }
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(path, &connection, flags, nil) == SQLITE_OK else { return nil }
        sqlite3_exec(connection, "PRAGMA synchronous = FULL", nil, nil, nil)
        var (pages, copied): (Int32, Int32) = (0, 0)
        let code = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied)
        guard code == SQLITE_OK, flushFile(of: connection) else { return nil }
        return (pages, copied)
    }

    /// SQLite flushes the file only with the checkpoint that comes to the end of the log: that would be the one of the
    /// connection that writes, which would then wait for all that was copied here.
    private static func flushFile(of connection: OpaquePointer?) -> Bool {
        var file: UnsafeMutablePointer<sqlite3_file>?
        sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file)
        guard let file, let flush = file.pointee.pMethods.pointee.xSync else { return false }
        return flush(file, SQLITE_SYNC_NORMAL) == SQLITE_OK
    }

    /// Copies the rest, lets the log begin again at its start, and cuts a step off its file.
    ///
    /// - Returns: When there is more to do; `nil` when there is not.
    private func restart(_ db: Database) -> DispatchTimeInterval? {
        let size = fileSize
        let limit = max(limits.kept, size - limits.step)
        do {
            try db.execute(sql: "PRAGMA journal_size_limit = \(limit)")
            guard try db.checkpoint(.restart, waiting: Self.readerTimeout) else { return limits.readerPause }
            guard size > limits.kept else { return nil }
            // SQLite cuts the file with the first commit after the restart: this one, which changes nothing.
            try db.inTransaction(.immediate) {
                let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                try db.execute(sql: "PRAGMA user_version = \(version)")
                return .commit
            }
            self.size.record(fileSize)
            return limit > limits.kept ? limits.stepPause : nil
        } catch {
            return limits.readerPause
        }
    }

    private var fileSize: Int64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: "\(pool.path)-wal")
        return attributes?[.size] as? Int64 ?? 0
    }
}
