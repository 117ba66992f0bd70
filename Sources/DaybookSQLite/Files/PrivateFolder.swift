import Foundation

/// A folder for what is only made to be looked at, in the temporary folder (`TMPDIR`), which nobody else may enter.
struct PrivateFolder {
    private let path: String

    /// A folder in it, which is not there yet.
    var inner: String { "\(path)/read-model" }

    init(_ name: String) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID())").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
