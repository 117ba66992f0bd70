import Foundation

/// Opens the small files that a daemon keeps beside others: its locks and marks.
enum OwnFile {
    /// Opens a file to read and to write it, or makes it.
    ///
    /// What stands under its name already must be a regular file of this user's: what a link, a device or a second name
    /// leads to is somebody else's, and would be overwritten.
    ///
    /// - Returns: Its descriptor, to be closed by the caller.
    /// - Throws: ``StoreError``.
    static func descriptor(of path: String) throws -> Int32 {
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
}
