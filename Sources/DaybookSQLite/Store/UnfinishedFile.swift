import Foundation

/// Makes database files under another name and gives them their own once they are whole and on the disk: nobody ever
/// finds a part of one.
enum UnfinishedFile {
    /// What SQLite keeps beside a database.
    private static let companions = ["-wal", "-shm", "-journal"]

    /// - Parameter body: Fills the file that it is given the path of, and closes it.
    /// - Throws: What `body` throws, ``StoreError``; then nothing is left of it.
    static func make<Value>(_ path: String, _ body: (_ unfinished: String) throws -> Value) throws -> Value {
        let unfinished = "\(path).\(getpid()).unfinished"
        discard(unfinished)
        do {
            let value = try body(unfinished)
            try flush(unfinished)
            discardCompanions(of: path)
            guard rename(unfinished, path) == 0 else {
                throw StoreError("cannot make \(path): \(String(cString: strerror(errno)))")
            }
            ReadModelFolder.flush(URL(filePath: path).absoluteURL.deletingLastPathComponent().path)
            return value
        } catch {
            discard(unfinished)
            throw error
        }
    }

    /// - Throws: ``StoreError`` when there is such a file, or something that belongs to one which was there.
    static func refuseExisting(_ path: String) throws {
        for name in [path] + companions.map({ path + $0 }) where FileManager.default.fileExists(atPath: name) {
            throw StoreError("there is \(name) already: move it away, or name another file")
        }
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
