import Daybook
import GRDB

/// What a SQLite file of Daybook is for, as its header says (`PRAGMA application_id`), so that no file is taken for
/// another.
enum FileKind: Int {
    case eventStore = 0x4461_7946
    case readModel = 0x4461_7952
    case reaction = 0x4461_7958
    case keyRing = 0x4461_794b

    /// What older versions have marked such a file with.
    private var earlier: Int? { self == .eventStore ? 0x4461_7945 : nil }

    private var description: String {
        switch self {
        case .eventStore: "a store"
        case .readModel: "a read model"
        case .reaction: "the state of a reaction"
        case .keyRing: "a key file"
        }
    }

    /// Marks a new, empty file; checks any other.
    ///
    /// - Throws: ``StoreError`` when the file is of another kind, or not Daybook's.
    func claim(_ db: Database, _ path: String) throws {
        let stored = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_schema") ?? 0
        if stored == 0 && tables == 0 { try mark(db) }
        try check(db, path)
    }

    /// Marks a file as one of this version.
    func mark(_ db: Database) throws { try db.execute(sql: "PRAGMA application_id = \(rawValue)") }

    /// - Throws: ``StoreError`` when the file is of another kind, or not Daybook's.
    func check(_ db: Database, _ path: String) throws {
        let stored = try Int.fetchOne(db, sql: "PRAGMA application_id")
        guard stored == rawValue || stored == earlier else {
            throw StoreError("\(path) is a SQLite file, but not \(description)")
        }
    }
}
