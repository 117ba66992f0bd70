import Daybook
import Foundation
import GRDB
import Synchronization

/// The keys of a store's personal data, one for each subject, in a file of its own: whoever has only the store, or a
/// backup of it, reads no personal data.
///
/// A key that is destroyed is overwritten in the file, and what it sealed is gone for good. A file belongs to one store,
/// and one process at a time may have it, the writer that has the store.
public final class KeyRing: Sendable {
    private struct Known {
        var keys: [StreamName: PersonalKey] = [:]
        /// The number of keys that were destroyed: what was read before is not remembered after.
        var destroyed = 0
        /// The number of subjects that have or have had a key; `nil` until somebody asks.
        var count: Int?
        /// `true` when keys were made of which the store does not know yet.
        var areUnnoted = false
    }

    private let database: DatabaseQueue
    private let tables: KeyTables
    private let journal: KeyJournal
    private let lock: DatabaseLock?
    private let known = Mutex(Known())
    /// Tells this ring from those of other stores.
    let id: String
    /// The number of keys that are remembered; the rest is looked up again.
    private static let remembered = 50_000

    /// Opens a key file, or makes one that only its owner may read.
    ///
    /// - Throws: ``StoreError`` when another process has the file, or it is none.
    public init(path: String, holder: String = "a Daybook writer") throws {
        lock = try DatabaseLock(path, as: holder)
        journal = KeyJournal(of: path)
        try Self.create(path)
        var configuration = Configuration.shared
        configuration.prepareDatabase { db in
            try KeyJournal.keep(in: db)
            // What is deleted is overwritten; a commit is on the disk, and the journal's end too.
            try db.execute(sql: "PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA")
            // What SQLite keeps beside the file stays where it can be overwritten.
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            (tables, id) = try database.write { db in
                try FileKind.keyRing.claim(db, path)
                let tables = try KeyTables(makingIn: db)
                return (tables, try tables.value("id", default: { UniqueID.new().description }, in: db))
            }
        } catch let error as DatabaseError {
            throw StoreError("cannot open \(path) as a key file: \(error.message ?? "\(error.resultCode)")")
        }
        // A process that was killed may have left something. A forgetting is not finished before this is done.
        try? eraseJournal()
    }

    /// Opens a key file to read from it, beside the writer that has it.
    ///
    /// - Throws: ``StoreError`` when it is none, or cannot be read.
    init(readingFrom path: String) throws {
        lock = nil
        journal = KeyJournal(of: path)
        do {
            (database, tables, id) = try Self.read(path)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            try Self.recover(path)
            (database, tables, id) = try Self.read(path)
        } catch let error as DatabaseError {
            throw StoreError("cannot read the key file \(path): \(error.message ?? "\(error.resultCode)")")
        }
    }

    private static func read(_ path: String) throws -> (DatabaseQueue, KeyTables, String) {
        let database = try DatabaseQueue(path: path, configuration: .readOnly)
        return try database.read { db in
            try FileKind.keyRing.check(db, path)
            return (database, try KeyTables(readingFrom: db), try KeyTables.value("id", in: db) ?? "")
        }
    }

    /// Undoes what a process that was killed had begun. Nobody can read the file before that. The journal stays for the
    /// writer, which overwrites it.
    private static func recover(_ path: String) throws {
        do {
            let database = try DatabaseQueue.existing(path, preparing: KeyJournal.keep)
            try database.read { try FileKind.keyRing.check($0, path) }
        } catch let error as DatabaseError {
            throw StoreError(
                "cannot read the key file \(path): its writer was killed in a transaction, which cannot be undone here "
                    + "(\(error.message ?? "\(error.resultCode)")). Start the writer, or try it as who may write the "
                    + "file and its folder")
        }
    }

    private static func create(_ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        let isMade = FileManager.default.createFile(
            atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        guard isMade else {
            throw StoreError("cannot make the key file \(path): \(String(cString: strerror(errno)))")
        }
    }

    private func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try naming(database.path) { try database.write(body) }
    }

    /// Binds the file to a store that has no key file yet.
    ///
    /// - Throws: ``StoreError`` when it is that of another store.
    func bind(to epoch: Epoch) throws {
        let owner = try write { db in
            // The first key files do not say whose they are.
            if try KeyTables.value("store", in: db) == nil, try tables.count(in: db) > 0 { return "" }
            return try tables.value("store", default: { epoch.description }, in: db)
        }
        guard owner == epoch.description else {
            throw StoreError("the key file is that of another store: name another keys.path, where one is made")
        }
    }

    /// The secret of the store's tags, which is made when it is first asked for.
    func tagSecret(adopting existing: [UInt8]?) throws -> [UInt8] {
        let text = try write { db in
            try tables.value("tag-key", default: { Data(existing ?? TagKey.random()).base64EncodedString() }, in: db)
        }
        guard let secret = Data(base64Encoded: text) else { throw StoreError("the key file is damaged") }
        return Array(secret)
    }

    // MARK: Keys

    /// The number of subjects that have or have had a key, if keys were made since ``noteMade()``.
    func countIfMade() throws -> Int? { known.withLock { $0.areUnnoted } ? try count() : nil }

    func noteMade() { known.withLock { $0.areUnnoted = false } }

    /// The number of subjects that have or have had a key.
    func count() throws -> Int {
        if let count = known.withLock({ $0.count }) { return count }
        let count = try database.read { try tables.count(in: $0) }
        known.withLock { $0.count = count }
        return count
    }

    /// The key that something of a subject was sealed with; `nil` when it was destroyed.
    ///
    /// - Throws: ``StoreError`` when the file knows nothing of it.
    func sealingKey(of subject: StreamName) throws -> PersonalKey? {
        if let key = try key(of: subject) { return key }
        guard try isDestroyed(subject) else {
            throw StoreError("the key file has no key of \(subject): it is an older one, or that of another store")
        }
        return nil
    }

    /// A subject's key, if it is in memory.
    func remembered(_ subject: StreamName) -> PersonalKey? { known.withLock { $0.keys[subject] } }

    /// A subject's key; `nil` when it has none, or none any more.
    func key(of subject: StreamName) throws -> PersonalKey? {
        let (key, destroyed) = known.withLock { ($0.keys[subject], $0.destroyed) }
        if let key { return key }
        guard case .key(let key)? = try database.read({ try tables.entry(of: subject, in: $0) }) else { return nil }
        remember([subject: key], asOf: destroyed)
        return key
    }

    /// The keys of subjects that are about to get personal data. Those that have none yet get one, which is on the disk
    /// when this returns; those whose key was destroyed get no other.
    func keys(makingThoseOf subjects: Set<StreamName>) throws -> [StreamName: PersonalKey] {
        let destroyed = known.withLock { $0.destroyed }
        let (keys, made) = try write { db in
            var (keys, made): ([StreamName: PersonalKey], Int) = ([:], 0)
            for subject in subjects {
                switch try tables.entry(of: subject, in: db) {
                case .key(let key)?: keys[subject] = key
                case .destroyed?: continue
                case nil:
                    keys[subject] = try tables.makeKey(of: subject, in: db)
                    made += 1
                }
            }
            return (keys, made)
        }
        if made > 0 {
            known.withLock { known in
                known.count = known.count.map { $0 + made }
                known.areUnnoted = true
            }
        }
        remember(keys, asOf: destroyed)
        return keys
    }

    /// Destroys a subject's key, and sees to it that it never gets another one. Before ``eraseJournal()`` has succeeded
    /// somebody may still find it on the disk.
    func destroy(keyOf subject: StreamName) throws {
        try write { try tables.destroyKey(of: subject, in: $0) }
        known.withLock { known in
            known.keys[subject] = nil
            known.destroyed += 1
            // Somebody without a key is in the file now too.
            known.count = nil
        }
    }

    /// Overwrites what the journal has of destroyed keys.
    ///
    /// - Throws: ``StoreError`` when it cannot be overwritten on the disk.
    func eraseJournal() throws { try database.writeWithoutTransaction { _ in try journal.erase() } }

    func isDestroyed(_ subject: StreamName) throws -> Bool {
        guard case .destroyed? = try database.read({ try tables.entry(of: subject, in: $0) }) else { return false }
        return true
    }

    /// The subjects whose keys were destroyed.
    func destroyed() throws -> [StreamName] { try database.read { try tables.destroyed(in: $0) } }

    /// What the database says of how it flushes: 3 is EXTRA.
    func synchronousMode() throws -> Int { try database.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? 0 } }

    private func remember(_ keys: [StreamName: PersonalKey], asOf destroyed: Int) {
        known.withLock { known in
            guard known.destroyed == destroyed else { return }
            if known.keys.count >= Self.remembered { known.keys = [:] }
            known.keys.merge(keys) { $1 }
        }
    }
}
