import GRDB

/// What a SQLite file of Daybook is for, as its header says (`PRAGMA application_id`), so that no file is taken for
/// another.
enum FileKind: Int {
    case eventStore = 0x4461_7945
    case readModel = 0x4461_7952
    case reaction = 0x4461_7958
    case keyRing = 0x4461_794b

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
        if stored == 0 && tables == 0 { try db.execute(sql: "PRAGMA application_id = \(rawValue)") }
        try check(db, path)
    }

    /// - Throws: ``StoreError`` when the file is of another kind, or not Daybook's.
    func check(_ db: Database, _ path: String) throws {
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == rawValue else {
            throw StoreError("\(path) is a SQLite file, but not \(description)")
        }
    }
}
