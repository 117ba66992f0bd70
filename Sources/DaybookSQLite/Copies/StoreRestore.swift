public import Daybook
import GRDB

/// Makes a store of a backup. Its events stay as they are, and its log is another one from here on: read models that were
/// made from the log of old stop, instead of taking the one for the other.
///
/// The backup is verified first, and not changed. Answers to idempotency keys and snapshots are in the new store too, and
/// its relay goes on where that of the backup was.
public struct StoreRestore: Sendable {
    private let path: String

    /// - Parameter path: The file to make, which must not be there.
    public init(to path: String) { self.path = path }

    /// Verifies the backup and makes the store. What fails leaves nothing behind.
    ///
    /// - Parameters:
    ///   - backup: The file of the backup, or of a store that no writer has.
    ///   - progress: Called now and then with how far the verification is, and how far it goes.
    /// - Throws: ``StoreDamage`` when the backup is not as it was written; `StoreError` when it is no store, another
    ///   process has this one, or there is a file already; `DatabaseError`.
    public func run(
        from backup: String, progress: (Position, Position) throws -> Void = { _, _ in }
    ) throws -> NewStore {
        let lock = try FileLock(besides: path, as: "a restore")
        defer { withExtendedLifetime(lock) {} }
        try UnfinishedFile.refuseExisting(path)
        let head = try StoreVerification(path: backup).run(progress: progress)
        return try UnfinishedFile.make(path) { unfinished in
            try StoreFile(backup).copy(to: unfinished)
            try StoreFile(unfinished).checkPages()
            let store = try naming(path) { try Self.renew(unfinished) }
            guard store.head == head else { throw StoreError("\(backup) was written to while it was restored") }
            return store
        }
    }

    private static func renew(_ path: String) throws -> NewStore {
        let database = try DatabaseQueue(path: path)
        let store = try database.write { db in
            let previous = try StoreIdentity.epoch(in: db)
            return NewStore(
                epoch: try StoreIdentity.renew(in: db), previousEpoch: previous, head: try StoreFile.head(in: db))
        }
        try database.close()
        return store
    }
}
