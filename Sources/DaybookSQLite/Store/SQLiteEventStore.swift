public import Daybook
import Foundation
import GRDB
import Synchronization

/// The store of a writer: one SQLite file in WAL mode, flushed to disk with every commit.
///
/// One process at a time may have it. Appends that wait together are committed together; readers never wait for the
/// writer, nor it for them.
public final class SQLiteEventStore: WriterStore {
    let pool: DatabasePool
    let readers: Readers
    let checkpoints: BackgroundCheckpoints
    let commits: GroupCommit
    let seals: Seals
    let tags: TagIndex
    private let lock: DatabaseLock
    let path: String
    public let epoch: Epoch
    public let partitionCount: Int
    public let changes = Signal()

    /// Opens a store, or makes it.
    ///
    /// - Parameters:
    ///   - partitionCount: How many partitions a new store's log gets. An existing store must have as many.
    ///   - keys: The keys of the personal data. Without them what is personal is stored as it is; a store that has had
    ///     a key file cannot do without it.
    ///   - holder: Who opens it, for the message that a second process gets.
    ///   - now: The clock of recorded-at.
    /// - Throws: ``StoreError`` when another process has the file, or it does not fit; `DatabaseError` that names the
    ///   file when it cannot be written.
    public init(
        path: String, partitionCount: Int = 8, keys: KeyRing? = nil, holder: String = "a Daybook writer",
        now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) throws {
        self.path = path
        lock = try DatabaseLock(path, as: holder)
        pool = try Self.open(path)
        checkpoints = BackgroundCheckpoints(for: pool)
        readers = Readers(pool, count: Self.readerCount)
        (epoch, self.partitionCount) = try naming(path) { [pool] in try Self.prepare(pool, path, partitionCount) }
        tags = try naming(path) { [pool] in
            try pool.write { try TagIndex(key: StoreIdentity.tagKey(keys, in: $0), in: $0) }
        }
        try Self.checkEnd(pool, self.partitionCount, tags, path)
        seals = Seals(ring: keys)
        commits = GroupCommit(
            pool: pool, partitionCount: self.partitionCount, tags: tags, seals: seals, now: now, changes: changes)
    }

    private static let readerCount = 4
    /// What a connection may keep of the file in memory.
    private static let (writerCacheKiB, readerCacheKiB) = (48_000, 8000)

    private static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration.shared
        configuration.maximumReaderCount = readerCount
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
                // What little is ever deleted may be personal: it is overwritten.
                try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
                try db.execute(sql: "PRAGMA cache_size = -\(writerCacheKiB)")
            }
            return pool
        } catch let error as DatabaseError {
            throw StoreError("cannot open \(path) as a store: \(error.message ?? "\(error.resultCode)")")
        }
    }

    /// Makes the tables of a new store, or brings those of an earlier version to the present form.
    private static func prepare(_ pool: DatabasePool, _ path: String, _ partitionCount: Int) throws -> (Epoch, Int) {
        try pool.write { try FileKind.eventStore.claim($0, path) }
        try pool.read { try StoreFile(path).refuseLaterVersion($0) }
        try Schema.migrator.migrate(pool)
        return try pool.write { try StoreIdentity.establish(in: $0, partitionCount: partitionCount) }
    }

    private static func checkEnd(_ pool: DatabasePool, _ partitionCount: Int, _ tags: TagIndex, _ path: String) throws {
        do {
            _ = try pool.read { try AppendCursor($0, partitionCount: partitionCount, tags: tags) }
        } catch let error as StoreError {
            throw StoreError(
                "the end of \(path) is damaged: \(error). Nothing can be appended to it: `daybook verify` names the "
                    + "first position that is wrong; restore a backup")
        }
    }

    // MARK: Appending

    public func append(_ request: AppendRequest) async throws -> CommandAnswer { try await commits.append(request) }

    public func append(_ requests: [AppendRequest]) async throws -> [CommandAnswer] {
        try await commits.append(requests)
    }

    public func moveCursors(_ cursors: [Partition: Offset]) async throws {
        try await commits.perform { db in
            for (partition, offset) in cursors {
                try db.cachedStatement(
                    sql: """
                        INSERT INTO relay_cursors VALUES(?, ?)
                        ON CONFLICT DO UPDATE SET offset = MAX(offset, excluded.offset)
                        """
                ).execute(arguments: [partition.index, offset.rawValue])
            }
        }
    }

    public func answer(to record: IdempotencyRecord) async throws -> CommandAnswer? {
        try await readers.read { [tags] in try IdempotencyKeys.answer(to: record, under: tags.key, in: $0) }
    }

    /// Forgets the answers to commands that are older than so many days: their keys are then as good as new. Only days
    /// on which this is called count, so it is to be called several times a day.
    ///
    /// - Returns: How many there were.
    @discardableResult
    public func removeAnswers(olderThan days: Int, today: Timestamp = .now()) async throws -> Int {
        let oldest = Mutex<Timestamp?>(nil)
        try await commits.perform(isVital: false) { db in
            let known = try SeenDays(in: db)
            var seen = known
            let last = Timestamp(microseconds: try IdempotencyKeys.last(in: db))
            seen.see(today.day, lastAnswer: last, keeping: days)
            if seen != known { try seen.write(in: db) }
            oldest.withLock { $0 = seen.beginning(ofLast: days) }
        }
        guard let oldest = oldest.withLock({ $0 }) else { return 0 }
        return try await removeAnswers(before: oldest)
    }

    /// Forgets the answers to commands that were given before a time.
    ///
    /// - Returns: How many there were.
    @discardableResult
    public func removeAnswers(before time: Timestamp) async throws -> Int {
        let removed = Mutex(0)
        var last = 0
        repeat {
            // Little by little, so that no command waits for it.
            let before = removed.withLock { $0 }
            try await commits.perform(isVital: false) { db in
                let count = try IdempotencyKeys.remove(before: time, limit: 500, in: db)
                removed.withLock { $0 = before + count }
            }
            last = removed.withLock { $0 } - before
        } while last > 0
        return removed.withLock { $0 }
    }

    /// The reason why the last append could not be stored, until something is stored again: a full disk, for example.
    public var problem: String? { commits.problem }

    /// Fires when ``problem`` has changed.
    public var problemChanges: Signal { commits.problemChanges }

    /// Commits a write that changes nothing. ``problem`` is gone when that succeeds.
    ///
    /// - Throws: `AppendError`.
    public func probe() async throws {
        // Setting it to what it is writes the page all the same; a row that stays as it is would not be written.
        try await commits.perform { try $0.execute(sql: "PRAGMA user_version = 0") }
    }

    // MARK: Reading

    public func read(_ stream: StreamName, after version: StreamVersion, limit: Int) async throws -> [StoredEvent] {
        try await readers.read { [seals] in
            try Queries.events(of: stream, after: version, limit: limit, seals, in: $0)
        }
    }

    public func replay(
        _ stream: StreamName, after version: StreamVersion, _ body: @escaping @Sendable (ReplayedEvent) throws -> Void
    ) async throws {
        try await readers.read { [seals] in try Queries.replay(stream, after: version, seals, in: $0, body) }
    }

    public func snapshot(of stream: StreamName, schemaVersion: Int) async throws -> Snapshot? {
        try await readers.read { [seals] db in
            try seals.open(Snapshots.last(of: stream, schemaVersion: schemaVersion, in: db))
        }
    }

    public func keep(_ snapshot: Snapshot) async throws {
        try await commits.perform(isVital: false) { [seals] db in
            guard let snapshot = try seals.seal(snapshot) else { return }
            try Snapshots.keep(snapshot, in: db)
        }
    }

    public func read(after position: Position, limit: Int) async throws -> [StoredEvent] {
        try await readers.read { [seals] in try Queries.events(after: position, limit: limit, seals, in: $0) }
    }

    public func read(_ query: EventQuery, after position: Position, limit: Int) async throws -> [StoredEvent] {
        try await readers.readTogether { [seals, tags] db in
            let positions = try tags.positions(of: query, after: position, limit: limit, in: db)
            return try Queries.events(at: positions, seals, in: db)
        }
    }

    /// The time when the last event was recorded; `nil` when there is none.
    public func lastRecordedAt() async throws -> Timestamp? {
        try await readers.read { db in
            try Int64.fetchOne(db, sql: "SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1")
                .map { Timestamp(microseconds: $0) }
        }
    }

    public func head() async throws -> Position {
        try await readers.read { db in
            Position(rawValue: try Int64.fetchOne(db, sql: "SELECT MAX(position) FROM events") ?? 0)
        }
    }

    public func collect<Entries: EntryCollector>(
        _ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int, into entries: Entries
    ) async throws -> (LogSlice, Entries) {
        if let slice = try collectFromMemory(partition, after: offset, limit, maximumBytes, into: entries) {
            return slice
        }
        return try await readers.read { [epoch, partitionCount, seals] db in
            var collected = entries
            let anchor = try Queries.collect(
                partition, after: offset, limit: limit, maximumBytes: maximumBytes, into: &collected, seals, in: db)
            let head = try Queries.head(partition, in: db)
            return (
                LogSlice(epoch: epoch, partitionCount: partitionCount, head: head, anchor: anchor, entries: []),
                collected
            )
        }
    }

    /// - Returns: `nil` when it is not remembered, or must be opened with a key that is not.
    private func collectFromMemory<Entries: EntryCollector>(
        _ partition: Partition, after offset: Offset, _ limit: Int, _ maximumBytes: Int, into entries: Entries
    ) throws -> (LogSlice, Entries)? {
        let tail = commits.logTail
        guard let heads = tail.heads, let (anchor, recent) = tail.entries(of: partition, after: offset) else {
            return nil
        }
        let wanted = recent.prefix(max(0, limit))
        guard wanted.allSatisfy(seals.opensAtOnce) else { return nil }
        var (collected, bytes) = (entries, 0)
        for entry in wanted where bytes < maximumBytes {
            try entry.show { entry in bytes += try seals.show(entry, to: &collected) }
        }
        let slice = LogSlice(
            epoch: epoch, partitionCount: partitionCount, head: heads[partition.index], anchor: anchor, entries: [])
        return (slice, collected)
    }

    public func heads() async throws -> [Offset] {
        if let known = commits.logTail.heads { return known }
        return try await readers.read { [partitionCount] db in try Queries.heads(partitionCount, in: db) }
    }

    public func cursors() async throws -> [Offset] {
        try await readers.read { [partitionCount] db in try Queries.cursors(partitionCount, in: db) }
    }

    /// What the database says of how it flushes: 2 is FULL.
    public func synchronousMode() throws -> Int {
        try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? 0 }
    }
}
