import Daybook
import Foundation
import GRDB

/// The rollback journal of a key file. It has pages as they were before the last transactions, and so keys that were
/// destroyed by them. SQLite keeps it (`journal_mode = PERSIST`) so that it can be overwritten.
struct KeyJournal: Sendable {
    private let path: String

    /// - Parameter path: The key file.
    init(of path: String) { self.path = URL(filePath: path).resolvingSymlinksInPath().path + "-journal" }

    /// Makes a connection keep the journal, also that of a process that was killed: what that had begun is undone here.
    /// Must come before anything that reads the file.
    ///
    /// The first read undoes it, which `PRAGMA journal_mode` is itself. SQLite would then delete the journal, and what it
    /// has would stay on the disk where nobody can overwrite it. A connection that keeps its locks keeps the journal.
    static func keep(in db: Database) throws {
        try db.execute(
            sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = PERSIST; PRAGMA locking_mode = NORMAL")
    }

    /// Overwrites it, and cuts it to nothing. Must not run in a transaction.
    ///
    /// - Throws: ``StoreError`` when it cannot be overwritten on the disk.
    func erase() throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw failure()
        }
        defer { close(descriptor) }
        try overwrite(descriptor)
        // What is cut before the zeros are on the disk may stay there as it was.
        guard ftruncate(descriptor, 0) == 0 else { throw failure() }
    }

    /// Writes zeros over all that a file has, and returns once they are on the disk.
    ///
    /// - Throws: ``StoreError``.
    func overwrite(_ descriptor: Int32) throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure() }
        let zeros = [UInt8](repeating: 0, count: 65_536)
        var offset = 0
        while offset < status.st_size {
            let written = pwrite(descriptor, zeros, min(zeros.count, Int(status.st_size) - offset), off_t(offset))
            guard written > 0 else { throw failure() }
            offset += written
        }
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    private func failure() -> StoreError {
        StoreError("cannot overwrite \(path), which may have destroyed keys: \(String(cString: strerror(errno)))")
    }
}
