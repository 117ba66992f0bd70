import Daybook
import Foundation
import GRDB
import Synchronization

/// The keys of a store's personal data, one for each subject, in a file of its own: whoever has only the store, or a
/// backup of it, reads no personal data.
///
/// A key that is destroyed is overwritten in the file, and what it sealed is gone for good. One process at a time may
/// have the file, the writer that has the store.
public final class KeyRing: Sendable {
    private struct Known {
        var keys: [StreamName: PersonalKey] = [:]
        /// How many keys were destroyed: what was read before is not remembered after.
        var destroyed = 0
        /// How many subjects have or have had a key; `nil` until somebody asks.
        var count: Int?
        /// Whether keys were made of which the store does not know yet.
        var areUnnoted = false
    }

    private let database: DatabaseQueue
    private let lock: DatabaseLock?
    private let known = Mutex(Known())
    /// Tells this ring from those of other stores.
    let id: String
    /// How many keys are remembered; the rest is looked up again.
    private static let remembered = 50_000

    /// Opens a key file, or makes one that only its owner may read.
    ///
    /// - Throws: ``StoreError`` when another process has the file, or it is none.
    public init(path: String, holder: String = "a Daybook writer") throws {
        lock = try DatabaseLock(path, as: holder)
        try Self.create(path)
        var configuration = Configuration()
        // Whoever reads it beside the writer.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // What is deleted is overwritten; a commit is on the disk, and the journal's end too.
            try db.execute(sql: "PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA")
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            id = try database.write { db in
                try FileKind.keyRing.claim(db, path)
                try db.execute(sql: Self.tables)
                return try Self.value("id", default: { UniqueID.new().description }, in: db)
            }
        } catch let error as DatabaseError {
            throw StoreError("cannot open \(path) as a key file: \(error.message ?? "\(error.resultCode)")")
        }
    }

    /// Opens a key file to read from it, beside the writer that has it.
    ///
    /// - Throws: ``StoreError`` when it is none, `DatabaseError` when it cannot be read.
    init(readingFrom path: String) throws {
        lock = nil
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        database = try DatabaseQueue(path: path, configuration: configuration)
        id = try database.read { db in
            try FileKind.keyRing.check(db, path)
            return try String.fetchOne(db, sql: "SELECT value FROM ring WHERE name = 'id'") ?? ""
        }
    }

    private static let tables = """
        CREATE TABLE IF NOT EXISTS ring(name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
        -- The key is NULL once it is destroyed.
        CREATE TABLE IF NOT EXISTS keys(
            subject TEXT PRIMARY KEY NOT NULL,
            key BLOB,
            made_at INTEGER NOT NULL,
            destroyed_at INTEGER
        ) WITHOUT ROWID;
        """

    private static func create(_ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        let isMade = FileManager.default.createFile(
            atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        guard isMade else { throw StoreError("cannot make the key file \(path)") }
    }

    private static func value(_ name: String, default make: () -> String, in db: Database) throws -> String {
        let sql = "SELECT value FROM ring WHERE name = ?"
        if let stored = try String.fetchOne(db, sql: sql, arguments: [name]) { return stored }
        let value = make()
        try db.execute(sql: "INSERT INTO ring VALUES(?, ?)", arguments: [name, value])
        return value
    }

    /// The secret of the store's tags, which is made when it is first asked for.
    func tagSecret(adopting existing: [UInt8]?) throws -> [UInt8] {
        let text = try database.write { db in
            try Self.value("tag-key", default: { Data(existing ?? TagKey.random()).base64EncodedString() }, in: db)
        }
        guard let secret = Data(base64Encoded: text) else { throw StoreError("the key file is damaged") }
        return Array(secret)
    }

    // MARK: Keys

    /// How many subjects have or have had a key, if keys were made since ``noteMade()``.
    func countIfMade() throws -> Int? { known.withLock { $0.areUnnoted } ? try count() : nil }

    func noteMade() { known.withLock { $0.areUnnoted = false } }

    /// How many subjects have or have had a key.
    func count() throws -> Int {
        if let count = known.withLock({ $0.count }) { return count }
        let count = try database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM keys") ?? 0 }
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
        guard let key = try database.read({ try Self.fetch(subject, in: $0) }) else { return nil }
        remember([subject: key], asOf: destroyed)
        return key
    }

    /// The keys of subjects that are about to get personal data. Those that have none yet get one, which is on the disk
    /// when this returns; those whose key was destroyed get no other.
    func keys(makingThoseOf subjects: Set<StreamName>) throws -> [StreamName: PersonalKey] {
        let destroyed = known.withLock { $0.destroyed }
        let (keys, made) = try database.write { db in
            var (keys, made): ([StreamName: PersonalKey], Int) = ([:], 0)
            for subject in subjects {
                try db.execute(
                    sql: "INSERT INTO keys VALUES(?, ?, ?, NULL) ON CONFLICT DO NOTHING",
                    arguments: [subject.description, Data(PersonalKey.random()), Timestamp.now().microseconds])
                made += db.changesCount
                keys[subject] = try Self.fetch(subject, in: db)
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

    /// Destroys a subject's key, and sees to it that it never gets another one.
    ///
    /// - Returns: Whether it had one.
    @discardableResult
    func destroy(keyOf subject: StreamName) throws -> Bool {
        let had = try database.write { db in
            let had = try Self.fetch(subject, in: db) != nil
            try db.execute(
                sql: """
                    INSERT INTO keys VALUES(?1, NULL, ?2, ?2)
                    ON CONFLICT DO UPDATE SET key = NULL, destroyed_at = COALESCE(destroyed_at, ?2)
                    """, arguments: [subject.description, Timestamp.now().microseconds])
            return had
        }
        known.withLock { known in
            known.keys[subject] = nil
            known.destroyed += 1
            // Somebody without a key is in the file now too.
            known.count = nil
        }
        // A row that changed its place may have left a copy behind in its old page.
        try database.vacuum()
        return had
    }

    func isDestroyed(_ subject: StreamName) throws -> Bool {
        try database.read { db in
            let sql = "SELECT EXISTS (SELECT 1 FROM keys WHERE subject = ? AND key IS NULL)"
            return try Bool.fetchOne(db, sql: sql, arguments: [subject.description]) ?? false
        }
    }

    /// The subjects whose keys were destroyed.
    func destroyed() throws -> [StreamName] {
        try database.read { db in
            try String.fetchAll(db, sql: "SELECT subject FROM keys WHERE key IS NULL").map { StreamName(stored: $0) }
        }
    }

    private static func fetch(_ subject: StreamName, in db: Database) throws -> PersonalKey? {
        let sql = "SELECT key FROM keys WHERE subject = ?"
        return try Data.fetchOne(db, sql: sql, arguments: [subject.description]).map { PersonalKey(bytes: Array($0)) }
    }

    private func remember(_ keys: [StreamName: PersonalKey], asOf destroyed: Int) {
        known.withLock { known in
            guard known.destroyed == destroyed else { return }
            if known.keys.count >= Self.remembered { known.keys = [:] }
            known.keys.merge(keys) { $1 }
        }
    }
}
