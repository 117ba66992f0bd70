import Daybook
import Foundation

/// Keeps a second process away from a file. The lock goes with the process, however it ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``StoreError`` that names the holder when the file is taken.
    init(besides path: String, as holder: String) throws {
        // A link leads to the same file: the lock belongs to what it leads to.
        let lockPath = URL(filePath: path).resolvingSymlinksInPath().path + ".lock"
        descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError("cannot open \(lockPath): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let known = (try? String(contentsOfFile: lockPath, encoding: .utf8)) ?? ""
            close(descriptor)
            throw StoreError("\(path) is in use by \(known.isEmpty ? "another process" : known)")
        }
        let text = "\(holder) (process \(getpid()), since \(Timestamp.now()))"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    deinit { close(descriptor) }
}

/// A store or read-model file that cannot be used, and why.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
