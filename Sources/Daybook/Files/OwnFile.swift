import Foundation

/// The small files that a daemon keeps beside others: its locks, marks and notes.
package enum OwnFile {
    /// Opens a file to read and to write it, or makes it.
    ///
    /// What stands under its name already must be a regular file of this user's: what a link, a device or a second name
    /// leads to is somebody else's, and would be overwritten.
    ///
    /// - Returns: Its descriptor, to be closed by the caller.
    /// - Throws: ``StoreError``.
    package static func descriptor(of path: String) throws -> Int32 {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let descriptor = open(path, flags, 0o600)
        guard descriptor >= 0 else {
            let reason = errno == ELOOP ? "it is a symbolic link: remove it" : String(cString: strerror(errno))
            throw StoreError("cannot open \(path): \(reason)")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1,
            status.st_uid == geteuid()
        else {
            close(descriptor)
            throw StoreError("cannot use \(path): it must be a regular file of this user's, with no other name")
        }
        return descriptor
    }

    /// Puts a text in the place of what a file has, in one step: nobody ever finds a part of it.
    ///
    /// - Throws: ``StoreError`` when it cannot be written. Then the file is as it was.
    package static func replace(_ path: String, with text: String) throws {
        let fresh = "\(path).\(getpid()).new"
        unlink(fresh)
        let descriptor = try descriptor(of: fresh)
        defer { close(descriptor) }
        let written = text.withCString { write(descriptor, $0, strlen($0)) }
        guard written == text.utf8.count, rename(fresh, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(fresh)
            throw StoreError("cannot write \(path): \(reason)")
        }
    }
}
