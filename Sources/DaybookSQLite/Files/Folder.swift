import Daybook
import Foundation

/// A folder, as files are made and removed in it.
enum Folder {
    /// Brings a folder's entries to the disk.
    ///
    /// - Throws: ``StoreError`` when they may not be there after a power failure.
    static func flush(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StoreError("cannot open the folder \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StoreError("cannot bring the folder \(path) to the disk: \(String(cString: strerror(errno)))")
        }
    }
}
