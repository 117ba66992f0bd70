public import Daybook
import Foundation
import GRDB

/// The store of a writer: one SQLite file in WAL mode, flushed to disk with every commit.
///
/// One process at a time may have it. Appends that wait together are committed together; readers never wait for the
/// writer, nor it for them.
public final class SQLiteEventStore: EventStore, IntegrationLog {
    let pool: DatabasePool
    private let readers: Readers
    private let checkpoints: BackgroundCheckpoints
    private let commits: GroupCommit
    private let lock: FileLock
    public let epoch: Epoch
    public let partitionCount: Int
    public let changes = Signal()

    /// Opens a store, or makes it.
    ///
    /// - Parameters:
    ///   - partitionCount: How many partitions a new store's log gets. An existing store must have as many.
    ///   - holder: Who opens it, for the message that a second process gets.
    ///   - now: The clock of recorded-at.
    /// - Throws: ``StoreError`` when another process has the file, or it does not fit.
    public init(
        path: String, partitionCount: Int = 8, holder: String = "a Daybook writer",
        now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) throws {
        lock = try FileLock(besides: path, as: holder)
        checkpoints = BackgroundCheckpoints(path: path)
        pool = try Self.open(path, checkpoints)
        readers = Readers(pool, count: Self.readerCount)
        try pool.write { try FileKind.eventStore.claim($0, path) }
        try Schema.migrator.migrate(pool)
        (epoch, self.partitionCount) = try pool.write { db in
            try StoreIdentity.establish(in: db, partitionCount: partitionCount)
        }
        commits = GroupCommit(pool: pool, partitionCount: self.partitionCount, now: now, changes: changes)
    }

    private static let readerCount = 4
    /// What a connection may keep of the file in memory.
    private static let (writerCacheKiB, readerCacheKiB) = (48_000, 8000)

    private static func open(_ path: String, _ checkpoints: BackgroundCheckpoints) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.maximumReaderCount = readerCount
        // A backup, or the last moments of a store that was just closed.
        configuration.busyMode = .timeout(5)
        // What is referred to was found or made in the same transaction: looking for it again costs as much as
        // the insert. `PRAGMA foreign_key_check` still can.
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -\(readerCacheKiB)")
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB chooses NORMAL for WAL when it opens the writer; a commit must be on the disk.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.execute(sql: "PRAGMA cache_size = -\(writerCacheKiB)")
                checkpoints.attach(to: db)
            }
            return pool
        } catch let error as DatabaseError {
            throw StoreError("cannot open \(path) as a store: \(error.message ?? "\(error.resultCode)")")
        }
    }

    // MARK: Appending

    public func append(_ request: AppendRequest) async throws -> CommandAnswer { try await commits.append(request) }

    public func moveCursors(_ cursors: [Partition: Offset]) async throws { try await commits.moveCursors(cursors) }

    public func answer(to record: IdempotencyRecord) async throws -> CommandAnswer? {
        try await readers.read { try IdempotencyKeys.answer(to: record, in: $0) }
    }

    /// Why the last append could not be stored, until one is stored again: a full disk, for example.
    public var problem: String? { commits.problem }

    // MARK: Reading

    public func read(_ stream: StreamName, after version: StreamVersion, limit: Int) async throws -> [StoredEvent] {
        try await readers.read { try Queries.events(of: stream, after: version, limit: limit, in: $0) }
    }

    public func replay(
        _ stream: StreamName, after version: StreamVersion, _ body: @escaping @Sendable (ReplayedEvent) throws -> Void
    ) async throws {
        try await readers.read { try Queries.replay(stream, after: version, in: $0, body) }
    }

    public func snapshot(of stream: StreamName, schemaVersion: Int) async throws -> Snapshot? {
        try await readers.read { try Snapshots.last(of: stream, schemaVersion: schemaVersion, in: $0) }
    }

    public func keep(_ snapshot: Snapshot) async throws { try await commits.keep(snapshot) }

    public func read(after position: Position, limit: Int) async throws -> [StoredEvent] {
        try await readers.read { try Queries.events(after: position, limit: limit, in: $0) }
    }

    public func head() async throws -> Position {
        try await readers.read { db in
            Position(rawValue: try Int64.fetchOne(db, sql: "SELECT MAX(position) FROM events") ?? 0)
        }
    }

    public func collect<Entries: EntryCollector>(
        _ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int, into entries: Entries
    ) async throws -> (LogSlice, Entries) {
        try await readers.read { [epoch, partitionCount] db in
            var collected = entries
            let anchor = try Queries.collect(
                partition, after: offset, limit: limit, maximumBytes: maximumBytes, into: &collected, in: db)
            let head = try Queries.head(partition, in: db)
            return (
                LogSlice(epoch: epoch, partitionCount: partitionCount, head: head, anchor: anchor, entries: []),
                collected
            )
        }
    }

    public func heads() async throws -> [Offset] {
        if let known = commits.heads { return known }
        return try await readers.read { [partitionCount] db in try Queries.heads(partitionCount, in: db) }
    }

    public func cursors() async throws -> [Offset] {
        try await readers.read { [partitionCount] db in
            var cursors = [Offset](repeating: .zero, count: partitionCount)
            for row in try Row.fetchAll(db, sql: "SELECT partition, offset FROM relay_cursors") {
                cursors[row[0] as Int] = Offset(rawValue: row[1])
            }
            return cursors
        }
    }

    /// What the database says of how it flushes: 2 is FULL.
    public func synchronousMode() throws -> Int {
        try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? 0 }
    }
}
