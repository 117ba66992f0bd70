import Daybook
import Foundation

/// A file that is there while an operator has paused something, for every process that does it and after every crash.
public struct PauseFile: Sendable {
    private let path: String

    public init(_ path: String) { self.path = path }

    public var isThere: Bool { FileManager.default.fileExists(atPath: path) }

    /// - Throws: ``StoreError`` when it cannot be made or removed for good.
    public func set(_ isThere: Bool) throws {
        if isThere {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw StoreError("cannot make \(path): \(String(cString: strerror(errno)))") }
            close(descriptor)
        } else if unlink(path) != 0, errno != ENOENT {
            throw StoreError("cannot remove \(path): \(String(cString: strerror(errno)))")
        }
        try Folder.flush(URL(filePath: path).absoluteURL.deletingLastPathComponent().path)
    }
}
