import Daybook
import Foundation

/// Makes database files under another name and gives them their own once they are whole and on the disk: nobody ever
/// finds a part of one. As they may be personal, only their owner may read them.
enum UnfinishedFile {
    /// What SQLite keeps beside a database.
    private static let companions = ["-wal", "-shm", "-journal"]

    /// - Parameters:
    ///   - isReplacing: `true` when the file may take the place of another one. The caller keeps others away from it.
    ///   - body: Fills the empty file that it is given the path of, and closes it.
    /// - Throws: What `body` throws, ``StoreError``; then nothing is left of it.
    static func make<Value>(
        _ path: String, replacing isReplacing: Bool = false, _ body: (_ unfinished: String) throws -> Value
    ) throws -> Value {
        // Others may make one for the same place, in this process too.
        let unfinished = "\(path).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).unfinished"
        discard(unfinished)
        do {
            try create(unfinished)
            let value = try body(unfinished)
            try flush(unfinished)
            if isReplacing { discardCompanions(of: path) } else { try refuseExisting(path) }
            try place(unfinished, at: path, isReplacing: isReplacing)
            try Folder.flush(URL(filePath: path).absoluteURL.deletingLastPathComponent().path)
            return value
        } catch {
            discard(unfinished)
            throw error
        }
    }

    /// Gives a file its name. What came under that name meanwhile stays, unless it is to be replaced.
    private static func place(_ unfinished: String, at path: String, isReplacing: Bool) throws {
        if !isReplacing {
            if link(unfinished, path) == 0 {
                unlink(unfinished)
                return
            }
            // Other errors are those of file systems without hard links.
            if errno == EEXIST { try refuseExisting(path) }
        }
        guard rename(unfinished, path) == 0 else {
            throw StoreError("cannot make \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// - Throws: ``StoreError`` when there is such a file, or something that belongs to one which was there.
    static func refuseExisting(_ path: String) throws {
        for name in [path] + companions.map({ path + $0 }) where FileManager.default.fileExists(atPath: name) {
            throw StoreError("there is \(name) already: move it away, or name another file")
        }
    }

    /// What SQLite puts beside it gets the same rights.
    private static func create(_ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError("cannot make \(path): \(String(cString: strerror(errno)))") }
        close(descriptor)
    }

    private static func discard(_ path: String) {
        unlink(path)
        discardCompanions(of: path)
    }

    private static func discardCompanions(of path: String) { for suffix in companions { unlink(path + suffix) } }

    private static func flush(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("cannot open \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StoreError("cannot bring \(path) to the disk: \(String(cString: strerror(errno)))")
        }
    }
}
