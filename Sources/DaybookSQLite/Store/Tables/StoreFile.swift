import Daybook
import GRDB

/// A store's file that is only read: beside the writer that has it, or a backup that nobody has.
struct StoreFile: Sendable {
    let path: String

    init(_ path: String) { self.path = path }

    /// Opens it for reading alone.
    ///
    /// - Throws: `DatabaseError`.
    func open() throws -> DatabaseQueue {
        try naming(path) { try DatabaseQueue(path: path, configuration: .readOnly) }
    }

    /// Shows what is committed, as it stands when `body` begins.
    ///
    /// - Throws: ``StoreError`` when the file is no store, or one of a later version; `DatabaseError`, what `body` throws.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try open().read { db in
            try FileKind.eventStore.check(db, path)
            try refuseLaterVersion(db)
            return try body(db)
        }
    }

    /// Writes what is committed now to another file, which is one file without a write-ahead log.
    ///
    /// - Throws: ``StoreError`` when the file is no store, `DatabaseError`.
    func copy(to target: String) throws {
        try open().inDatabase { db in
            try FileKind.eventStore.check(db, path)
            try refuseLaterVersion(db)
            do { try db.execute(sql: "VACUUM INTO ?", arguments: [target]) } catch let error as DatabaseError {
                throw error.naming(error.isOfWriting ? target : path)
            }
        }
    }

    /// - Throws: ``StoreError`` when a later version of Daybook has written to the store.
    func refuseLaterVersion(_ db: Database) throws {
        guard try !Schema.migrator.hasBeenSuperseded(db) else {
            throw StoreError("a later version of Daybook has written to \(path): update this program first")
        }
    }

    /// Looks for damaged pages.
    ///
    /// - Throws: ``StoreError`` naming the first one.
    func checkPages() throws {
        let found = try read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
        guard found == "ok" else { throw StoreError("\(path) is damaged: \(found ?? "it cannot be checked")") }
    }

    /// The last event.
    ///
    /// - Throws: ``StoreError`` when its hash is damaged.
    static func head(in db: Database) throws -> NotedHead {
        var row = try PreparedStatement("SELECT position, hash FROM events ORDER BY position DESC LIMIT 1", in: db)
        defer { row.reset() }
        guard try row.step() else { return NotedHead(position: .zero, hash: .genesis) }
        return NotedHead(position: Position(rawValue: row.int64(0)), hash: try row.hash(1))
    }
}
