import Daybook
import GRDB
import GRDBSQLite

/// A statement on the paths that every event takes, bound and stepped through SQLite's own interface: GRDB's arguments
/// and rows would cost more there than SQLite itself.
///
/// GRDB prepares it, keeps it and finalizes it. Whoever uses it resets it, so that it holds no snapshot.
struct PreparedStatement {
    private let owner: Statement
    private let handle: OpaquePointer
    private var parameter: Int32 = 0

    init(_ sql: String, in db: Database) throws {
        owner = try db.cachedStatement(sql: sql)
        handle = owner.sqliteStatement
        reset()
    }

    // MARK: Binding, in the order of the parameters

    mutating func bind(_ value: Int64) {
        parameter += 1
        sqlite3_bind_int64(handle, parameter, value)
    }

    mutating func bind(_ value: Int) { bind(Int64(value)) }

    mutating func bind(_ value: Int64?) {
        guard let value else { return bindNull() }
        bind(value)
    }

    mutating func bindNull() {
        parameter += 1
        sqlite3_bind_null(handle, parameter)
    }

    mutating func bind(_ text: String) {
        var text = text
        // Where C takes a String as it is, Swift copies it first.
        text.withUTF8 { bind($0, Self.copied) }
    }

    /// Binds a text that stays where it is until ``forget()``.
    mutating func bind(lent text: UnsafeBufferPointer<UInt8>) { bind(text, nil) }

    private mutating func bind(_ text: UnsafeBufferPointer<UInt8>, _ destructor: sqlite3_destructor_type?) {
        parameter += 1
        text.withMemoryRebound(to: CChar.self) { text in
            _ = sqlite3_bind_text(handle, parameter, text.baseAddress, Int32(text.count), destructor)
        }
    }

    mutating func bind(_ bytes: [UInt8]) { bytes.withUnsafeBytes { bind($0) } }

    mutating func bind(_ bytes: [UInt8]?) {
        guard let bytes else { return bindNull() }
        bind(bytes)
    }

    mutating func bind(_ id: UniqueID) { id.withUnsafeBytes { bind($0) } }

    mutating func bind(_ hash: ChainHash) { hash.withUnsafeBytes { bind($0) } }

    mutating func bind(_ tag: TagHash) { tag.withUnsafeBytes { bind($0) } }

    private mutating func bind(_ bytes: UnsafeRawBufferPointer) { bind(bytes, Self.copied) }

    /// Binds bytes that stay where they are until ``forget()``.
    mutating func bind(lent bytes: UnsafeRawBufferPointer) { bind(bytes, nil) }

    private mutating func bind(_ bytes: UnsafeRawBufferPointer, _ destructor: sqlite3_destructor_type?) {
        parameter += 1
        if bytes.isEmpty {
            // A pointer to nothing would bind NULL.
            sqlite3_bind_zeroblob(handle, parameter, 0)
        } else {
            sqlite3_bind_blob(handle, parameter, bytes.baseAddress, Int32(bytes.count), destructor)
        }
    }

    /// SQLITE_TRANSIENT: SQLite copies what it is given.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    // MARK: Running

    /// Goes to the next row.
    ///
    /// - Returns: Whether there is one.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let connection = sqlite3_db_handle(handle)
            throw DatabaseError(
                resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
                message: String(cString: sqlite3_errmsg(connection)))
        }
    }

    /// Runs a statement without rows and makes it ready for the next values.
    mutating func run() throws {
        defer { reset() }
        _ = try step()
    }

    /// Makes it ready for the next values.
    mutating func reset() {
        sqlite3_reset(handle)
        parameter = 0
    }

    /// Makes it ready for the next values, and lets go of those that were lent.
    mutating func forget() {
        reset()
        sqlite3_clear_bindings(handle)
    }

    // MARK: The columns of the row at hand, from 0

    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func int(_ column: Int32) -> Int { Int(truncatingIfNeeded: int64(column)) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// The bytes of a blob or text, until the next step.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: sqlite3_column_blob(handle, column), count: Int(sqlite3_column_bytes(handle, column)))
    }

    func array(_ column: Int32) -> [UInt8] { Array(bytes(column)) }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    func id(_ column: Int32) throws -> UniqueID {
        let bytes = bytes(column)
        guard bytes.count == 16 else { throw StoreError("an id of \(bytes.count) bytes") }
        return UniqueID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    func hash(_ column: Int32) throws -> ChainHash {
        guard let hash = ChainHash(bytes: bytes(column)) else { throw StoreError("a chain hash of another length") }
        return hash
    }
}
