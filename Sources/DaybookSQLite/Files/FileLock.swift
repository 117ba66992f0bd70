import Daybook
import Foundation

/// Keeps a second process away from a file. The lock goes with the process, however it ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// The number of times that this process asks again for what it has itself, and after how many microseconds each
    /// time.
    private static let (attempts, pause): (Int, UInt32) = (50, 5000)

    /// - Throws: ``StoreError`` that names the holder when the file is taken.
    convenience init(besides path: String, as holder: String) throws {
        self.init(descriptor: try Self.lock(besides: path, as: holder))
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// The lock, unless another process has it.
    ///
    /// - Throws: ``StoreError`` when it cannot be had for another reason.
    static func ifFree(besides path: String, as holder: String) throws -> FileLock? {
        try lock(lockPath(path), as: holder).map { FileLock(descriptor: $0) }
    }

    /// A link leads to the same file: the lock belongs to what it leads to.
    private static func lockPath(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().path + ".lock"
    }

    /// Waits a moment for a holder in this process: threads that come to their end may keep a store for so long after its
    /// last user has let go of it.
    private static func lock(besides path: String, as holder: String) throws -> Int32 {
        let lockPath = lockPath(path)
        var attempt = 1
        while true {
            if let descriptor = try lock(lockPath, as: holder) { return descriptor }
            let known = (try? String(contentsOfFile: lockPath, encoding: .utf8)) ?? ""
            guard known.contains("(process \(getpid()),"), attempt < attempts else {
                throw StoreError("\(path) is in use by \(known.isEmpty ? "another process" : known)")
            }
            attempt += 1
            usleep(pause)
        }
    }

    private static func lock(_ path: String, as holder: String) throws -> Int32? {
        let descriptor = try OwnFile.descriptor(of: path)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            close(descriptor)
            if error == EWOULDBLOCK { return nil }
            throw StoreError("cannot lock \(path): \(String(cString: strerror(error)))")
        }
        let text = "\(holder) (process \(getpid()), since \(Timestamp.now()))"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
        return descriptor
    }

    deinit { close(descriptor) }
}
