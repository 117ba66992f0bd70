import Foundation

/// A small file of text: settings or a secret.
enum TextFile {
    /// More than any of them has. What a path names by mistake may have no end.
    static let limit = 1 << 20

    /// The whole text.
    ///
    /// - Throws: The system's error, or `CocoaError` when the file is too large or not UTF-8.
    static func read(_ path: String) throws -> String {
        let handle = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? handle.close() }
        let bytes = try handle.read(upToCount: limit + 1) ?? Data()
        guard bytes.count <= limit else { throw CocoaError(.fileReadTooLarge) }
        guard let text = String(data: bytes, encoding: .utf8) else {
            throw CocoaError(.fileReadInapplicableStringEncoding)
        }
        return text
    }
}
