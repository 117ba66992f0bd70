import Daybook
import Foundation
import Synchronization

/// Keeps a second process away from a database file, also where it has another name: a hard link, or a mount of the file
/// alone. The write-ahead logs beside the two names would be two, and one history would overwrite the other.
final class DatabaseLock: Sendable {
    private struct Identity: Hashable {
        let device: dev_t
        let inode: ino_t

        init(_ status: stat) {
            device = status.st_dev
            inode = status.st_ino
        }
    }

    /// A descriptor of each file that was locked. None is closed before the process ends: with it would go the locks that
    /// SQLite has on the file.
    private static let descriptors = Mutex<[Identity: Int32]>([:])

    private let beside: FileLock
    private let descriptor: Int32

    /// Locks a file, and makes an empty one where there is none.
    ///
    /// - Throws: ``StoreError`` when another process has it; when it is no regular file, or has a second name.
    init(_ path: String, as holder: String) throws {
        // Before anything is made beside it.
        try Self.check(path)
        beside = try FileLock(besides: path, as: holder)
        descriptor = try Self.descriptor(of: path)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StoreError("\(path) is in use by another process, which has the file under another name")
        }
    }

    deinit { flock(descriptor, LOCK_UN) }

    private static func check(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else { throw StoreError("\(path) is no regular file") }
        guard status.st_nlink == 1 else {
            throw StoreError(
                "\(path) has \(status.st_nlink) names (hard links), and a second writer could have it under another one: "
                    + "remove the others (find / -xdev -inum \(status.st_ino)), or use a copy")
        }
    }

    private static func descriptor(of path: String) throws -> Int32 {
        try descriptors.withLock { descriptors in
            var status = stat()
            if stat(path, &status) == 0, let known = descriptors[Identity(status)] { return known }
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
                throw StoreError("cannot open \(path): \(String(cString: strerror(errno)))")
            }
            descriptors[Identity(status)] = descriptor
            return descriptor
        }
    }
}
