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

            --check-code folds every stream with this tool's domain before the file takes its name. An event that cannot \
            be read is named, and the exit status is \(ExitStatus.incompatible.rawValue). Where the code ends the \
            process, such as at an overflow, the last line names the stream and the event.
            """)

    @Argument(
        help: ArgumentHelp("The file to make; a store without events may be there.", valueName: "store"),
        completion: .file())
    var store: String

    @Argument(help: ArgumentHelp("The export, or - for standard input.", valueName: "file"), completion: .file())
    var file: String

    @Flag(help: "Refuse the import when this tool's domain cannot read and fold every event.")
    var checkCode = false

    @Option(
        help: ArgumentHelp(
            "The key file, to check personal data that are encrypted with --check-code.", valueName: "file"),
        completion: .file())
    var keys: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard keys == nil || checkCode else { throw ValidationError("--keys is for --check-code.") }
    }

    func work() async throws {
        if let keys { try requireFile(keys) }
        let check = checkCode ? CodeCheck(of: Domain.current.aggregates, keys: keys) : nil
        do {
            let imported = try StoreImport(to: store, check: check).run(
                from: try input(),
                progress: { try showProgress($0.rawValue, of: $1.rawValue) },
                checking: { try showProgress($0.rawValue, of: $1.rawValue, "code") })
            try show(imported, "imported")
        } catch let refusal as CodeRefusal {
            throw complaint("\(refusal)", .incompatible)
        }
    }

    private func input() throws -> FileHandle {
        if file == "-" { return .standardInput }
        try requireFile(file)
        guard let handle = FileHandle(forReadingAtPath: file) else { throw complaint("cannot read \(file)", .failure) }
        return handle
    }
}
