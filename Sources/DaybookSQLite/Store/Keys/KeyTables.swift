import Daybook
import Foundation
import GRDB

/// The tables of a key file.
///
/// A page keeps copies of what was moved out of it. So keys have a table of their own which only grows, in which they are
/// never moved, and a key is overwritten where it stands: nothing need be written anew to be rid of it.
struct KeyTables: Sendable {
    /// What a key file has of a subject.
    enum Entry {
        case key(PersonalKey)
        case destroyed
    }

    /// Finds the key of a subject, which is NULL once it is destroyed.
    private let query: String

    private static let tables = """
        CREATE TABLE IF NOT EXISTS ring(name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
        -- No row is ever removed, and all have one size. The key is overwritten with zeros once it is destroyed.
        CREATE TABLE IF NOT EXISTS key_slots(id INTEGER PRIMARY KEY, key BLOB NOT NULL);
        -- The slot is NULL once the key is destroyed.
        CREATE TABLE IF NOT EXISTS subjects(
            subject TEXT PRIMARY KEY NOT NULL,
            slot INTEGER,
            made_at INTEGER NOT NULL,
            destroyed_at INTEGER
        ) WITHOUT ROWID;
        """

    private static let bySlot = """
        SELECT k.key FROM subjects s LEFT JOIN key_slots k ON k.id = s.slot WHERE s.subject = ?
        """

    /// Makes the tables, or brings those of an earlier version to the present form.
    init(makingIn db: Database) throws {
        try db.execute(sql: Self.tables)
        try Self.moveKeys(in: db)
        query = Self.bySlot
    }

    /// Reads tables of this version or an earlier one.
    init(readingFrom db: Database) throws {
        query = try db.tableExists("keys") ? "SELECT key FROM keys WHERE subject = ?" : Self.bySlot
    }

    /// In the first key files a key stood beside its subject, and could be moved. The pages of a table that is dropped
    /// are overwritten whole (`secure_delete`).
    private static func moveKeys(in db: Database) throws {
        guard try db.tableExists("keys") else { return }
        let rows = try Row.fetchCursor(db, sql: "SELECT subject, key, made_at, destroyed_at FROM keys")
        while let row = try rows.next() {
            let key: Data? = row[1]
            try insert(row[0], slot: key.map { try addSlot($0, in: db) }, madeAt: row[2], destroyedAt: row[3], in: db)
        }
        try db.execute(sql: "DROP TABLE keys")
    }

    private static func addSlot(_ key: Data, in db: Database) throws -> Int64 {
        try db.cachedStatement(sql: "INSERT INTO key_slots(key) VALUES(?)").execute(arguments: [key])
        return db.lastInsertedRowID
    }

    private static func insert(
        _ subject: String, slot: Int64?, madeAt: Int64, destroyedAt: Int64?, in db: Database
    ) throws {
        try db.cachedStatement(sql: "INSERT INTO subjects VALUES(?, ?, ?, ?)")
            .execute(arguments: [subject, slot, madeAt, destroyedAt])
    }

    // MARK: Keys

    /// - Returns: `nil` when the file knows nothing of the subject.
    func entry(of subject: StreamName, in db: Database) throws -> Entry? {
        let statement = try db.cachedStatement(sql: query)
        guard let row = try Row.fetchOne(statement, arguments: [subject.description]) else { return nil }
        let key: Data? = row[0]
        return key.map { .key(PersonalKey(bytes: Array($0))) } ?? .destroyed
    }

    /// Makes the key of a subject that the file knows nothing of.
    func makeKey(of subject: StreamName, in db: Database) throws -> PersonalKey {
        let bytes = PersonalKey.random()
        let slot = try Self.addSlot(Data(bytes), in: db)
        try Self.insert(
            subject.description, slot: slot, madeAt: Timestamp.now().microseconds, destroyedAt: nil, in: db)
        return PersonalKey(bytes: bytes)
    }

    /// Overwrites the key of a subject, if it has one, and notes that it gets no other.
    func destroyKey(of subject: StreamName, in db: Database) throws {
        try db.execute(
            sql: """
                UPDATE key_slots SET key = zeroblob(length(key))
                WHERE id = (SELECT slot FROM subjects WHERE subject = ?)
                """, arguments: [subject.description])
        try db.execute(
            sql: """
                INSERT INTO subjects VALUES(?1, NULL, ?2, ?2)
                ON CONFLICT DO UPDATE SET slot = NULL, destroyed_at = COALESCE(destroyed_at, ?2)
                """, arguments: [subject.description, Timestamp.now().microseconds])
    }

    /// The number of subjects that have or have had a key.
    func count(in db: Database) throws -> Int { try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM subjects") ?? 0 }

    /// The subjects whose keys are destroyed.
    func destroyed(in db: Database) throws -> [StreamName] {
        try String.fetchAll(db, sql: "SELECT subject FROM subjects WHERE slot IS NULL").map { StreamName(stored: $0) }
    }

    // MARK: What the file says of itself

    /// A value, which is made when it is first asked for.
    func value(_ name: String, default make: () -> String, in db: Database) throws -> String {
        if let stored = try Self.value(name, in: db) { return stored }
        let value = make()
        try db.execute(sql: "INSERT INTO ring VALUES(?, ?)", arguments: [name, value])
        return value
    }

    static func value(_ name: String, in db: Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM ring WHERE name = ?", arguments: [name])
    }
}
