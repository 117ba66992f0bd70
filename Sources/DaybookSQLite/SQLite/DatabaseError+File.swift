import GRDB

/// Runs what works on a file, and names the file in the errors that come of it or of its disk.
///
/// - Throws: `DatabaseError`, see ``DatabaseError/naming(_:)``; what else `body` throws.
func naming<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as DatabaseError { throw error.naming(path) }
}

extension DatabaseError {
    private static let beginning = "the file "

    /// `true` when something could not be written, where one file is read and another one written.
    var isOfWriting: Bool {
        switch resultCode {
        case .SQLITE_FULL, .SQLITE_CANTOPEN, .SQLITE_READONLY: true
        case .SQLITE_IOERR: ![.SQLITE_IOERR_READ, .SQLITE_IOERR_SHORT_READ].contains(extendedResultCode)
        default: false
        }
    }

    /// The same error with the name of its file, where another file might do: a full disk, say, or a lock. SQLite does
    /// not say which of several files it means.
    func naming(_ path: String) -> DatabaseError {
        let text = message ?? "\(resultCode)"
        guard isTransient, !text.hasPrefix(Self.beginning) else { return self }
        return DatabaseError(
            resultCode: extendedResultCode, message: "\(Self.beginning)\(path): \(text)", sql: sql)
    }
}

extension Error {
    /// `true` when the same may succeed later: it is the machine's fault, not the event's.
    var isTransient: Bool {
        guard let error = self as? DatabaseError else { return self is CancellationError }
        let codes: [ResultCode] = [
            .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_CANTOPEN,
            .SQLITE_READONLY, .SQLITE_PROTOCOL, .SQLITE_INTERRUPT, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_PERM,
        ]
        return codes.contains(error.resultCode)
    }
}
