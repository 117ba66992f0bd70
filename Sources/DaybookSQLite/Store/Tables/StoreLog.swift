public import Daybook
import GRDB

/// The integration log of a store's file that is only read: beside the writer that has it, or of a backup.
public struct StoreLog: IntegrationLog {
    private let database: DatabaseQueue
    private let seals: Seals
    public let epoch: Epoch
    public let partitionCount: Int
    /// Never fires.
    public let changes = Signal()

    /// - Parameters:
    ///   - path: The store's file.
    ///   - keys: Its key file. Without it, personal data that are sealed are shown as forgotten.
    /// - Throws: `StoreError` when a file is not what it should be, or of a later version, `DatabaseError` when it cannot be read.
    public init(path: String, keys: String? = nil) throws {
        database = try StoreFile(path).open()
        (epoch, partitionCount, seals) = try database.read { db in
            try FileKind.eventStore.check(db, path)
            try StoreFile(path).refuseLaterVersion(db)
            return (
                try StoreIdentity.epoch(in: db), try StoreIdentity.partitionCount(in: db),
                try Seals.reading(keys: keys, of: db)
            )
        }
    }

    public func collect<Entries: EntryCollector>(
        _ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int, into entries: Entries
    ) async throws -> (LogSlice, Entries) {
        try await database.read { [epoch, partitionCount, seals] db in
            var collected = entries
            let anchor = try Queries.collect(
                partition, after: offset, limit: limit, maximumBytes: maximumBytes, into: &collected, seals,
                in: db)
            let head = try Queries.head(partition, in: db)
            return (
                LogSlice(epoch: epoch, partitionCount: partitionCount, head: head, anchor: anchor, entries: []),
                collected
            )
        }
    }

    public func heads() async throws -> [Offset] {
        try await database.read { [partitionCount] db in try Queries.heads(partitionCount, in: db) }
    }

    public func cursors() async throws -> [Offset] {
        try await database.read { [partitionCount] db in try Queries.cursors(partitionCount, in: db) }
    }

    /// - Throws: `StoreError` always: only a writer's relay has something to note.
    public func moveCursors(_ cursors: [Partition: Offset]) async throws {
        throw StoreError("a log that is only read has no relay")
    }

    /// The checkpoints of a projection that has applied all of the log, which is `source`'s.
    func checkpoints(of source: Source) async throws -> [Lane: Checkpoint] {
        try await database.read { [epoch, partitionCount] db in
            var checkpoints: [Lane: Checkpoint] = [:]
            for partition in Partition.all(partitionCount) {
                let head = try Queries.head(partition, in: db)
                guard let anchor = try Queries.anchor(partition, head, in: db) else { continue }
                let lane = Lane(source: source, partition: partition)
                checkpoints[lane] = Checkpoint(epoch: epoch, offset: head, anchor: anchor)
            }
            return checkpoints
        }
    }

    /// The position of the event that an entry was made from.
    func position(at place: LogPlace) async throws -> Position? {
        let sql = "SELECT position FROM integration_log WHERE partition = ? AND offset = ?"
        return try await database.read { db in
            try Int64.fetchOne(db, sql: sql, arguments: [place.partition.index, place.offset.rawValue])
                .map { Position(rawValue: $0) }
        }
    }
}
