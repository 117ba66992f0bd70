import Daybook
import Foundation

/// The folder where catalogues are committed, a file for each category.
struct CatalogueFolder: Sendable {
    let path: String

    /// What was committed.
    ///
    /// - Throws: `CatalogueFileError` naming the file that cannot be read, or the folder that is not there.
    func catalogues() throws(CatalogueFileError) -> [Catalogue] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            let reason = "there is no such folder: `\(Tool.name) schema accept` writes it"
            throw CatalogueFileError(file: path, reason: reason, isMissing: true)
        }
        var catalogues: [Catalogue] = []
        for name in names.sorted() where name.hasSuffix(".json") {
            do {
                let document = try Data(contentsOf: URL(filePath: file(name)))
                catalogues.append(try Catalogue(json: document.withUnsafeBytes { try JSONData($0) }))
            } catch {
                throw CatalogueFileError(file: file(name), reason: "no catalogue: \(error)", isMissing: false)
            }
        }
        return catalogues
    }

    /// Writes a catalogue over the one of its category.
    ///
    /// - Returns: The file.
    /// - Throws: `DocumentFileError`.
    func write(_ catalogue: Catalogue) throws -> String {
        let file = file("\(catalogue.category).json")
        try DocumentFile.write(catalogue.text, to: file)
        return file
    }

    private func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// A file of a catalogue that cannot be used.
struct CatalogueFileError: Error, CustomStringConvertible {
    let file: String
    let reason: String
    /// `true` when it is simply not there.
    let isMissing: Bool

    var description: String { "\(file): \(reason)" }
}
