import ArgumentParser
import Daybook
import DaybookSQLite
import Foundation

/// `daybook import`
struct ImportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Makes a store from what `\(Tool.name) export --full` has printed.",
        discussion: """
            Ids, versions, positions, offsets and the chain stay as they were, and are proven on the way; the epoch is a \
            new one. What fails leaves nothing behind. Answers to idempotency keys are not in an export: to keep them, \
            use `\(Tool.name) backup` and `\(Tool.name) restore`.
            """)

    @Argument(
        help: ArgumentHelp("The file to make; a store without events may be there.", valueName: "store"),
        completion: .file())
    var store: String

    @Argument(help: ArgumentHelp("The export, or - for standard input.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var global: GlobalOptions

    func work() async throws {
        let imported = try StoreImport(to: store).run(from: try input()) { position, last in
            try showProgress(position.rawValue, of: last.rawValue)
        }
        try show(imported, "imported")
    }

    private func input() throws -> FileHandle {
        if file == "-" { return .standardInput }
        try requireFile(file)
        guard let handle = FileHandle(forReadingAtPath: file) else { throw complaint("cannot read \(file)", .failure) }
        return handle
    }
}
