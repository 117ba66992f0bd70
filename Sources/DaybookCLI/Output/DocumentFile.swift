import Foundation

/// A file that the tool writes a document to.
enum DocumentFile {
    /// Writes a document in one step, and makes the folder that it goes to.
    ///
    /// - Throws: `DocumentFileError`.
    static func write(_ text: String, to path: String) throws(DocumentFileError) {
        let file = URL(filePath: path)
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file, options: .atomic)
        } catch {
            let cause = (error as? CocoaError)?.underlying as? POSIXError
            throw DocumentFileError(
                file: path, reason: cause.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)")
        }
    }
}

/// A document that cannot be written.
struct DocumentFileError: Error, CustomStringConvertible {
    let file: String
    let reason: String

    var description: String { "cannot write \(file): \(reason)" }
}
