import ArgumentParser
import Daybook
import DaybookSQLite

/// `daybook export`
struct ExportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Prints the events of a store as CloudEvents, one on each line.",
        discussion: """
            Opens the store's file and only reads, also while its writer runs. Events are printed as they are stored, \
            not in the present schema, in the order of their positions.

            With --full everything is printed that `\(Tool.name) import` needs to make the store again, each event \
            verified before. What it prints has a last line of its own, by which one that breaks off is known.
            """)

    @Argument(help: ArgumentHelp("The store's file.", valueName: "store"), completion: .file())
    var store: String

    @Flag(help: "Print all that is stored, for `\(Tool.name) import`.")
    var full = false

    @Option(help: ArgumentHelp("Only events of this stream.", valueName: "name"))
    var stream: String?

    @Option(help: ArgumentHelp("Only events of streams of this category.", valueName: "name"))
    var category: String?

    @Option(help: ArgumentHelp("Only events of this stored type, such as email-changed.", valueName: "name"))
    var type: String?

    @Option(help: ArgumentHelp("Only what was recorded at this time or later.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only what was recorded before this time.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("The source of the CloudEvents; the file's name if it is not given.", valueName: "name"))
    var source: String?

    @Option(
        help: ArgumentHelp("The key file, to print personal data that are encrypted.", valueName: "file"),
        completion: .file())
    var keys: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        let isFiltered = [stream, category, type, since, until].contains { $0 != nil }
        guard !full || !isFiltered else { throw ValidationError("A full export leaves nothing out.") }
        guard !full || keys == nil else { throw ValidationError("A full export is of what is stored: no --keys.") }
        guard source != "" else { throw ValidationError("The source is empty.") }
    }

    func work() async throws {
        let filter = ExportFilter(
            stream: stream, category: category, type: type, since: try since.map(time), until: try until.map(time))
        try requireFile(store)
        if let keys { try requireFile(keys) }
        let export = StoreExport(path: store, keys: keys, source: source)
        var output = OutputBuffer()
        if full {
            try export.whole { try output.add($0) }
        } else {
            try export.events(filter) { try output.add($0) }
        }
        try output.flush()
    }

    private func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(text) else {
            throw ValidationError("\(text) is no time: write 2026-11-23 or 2026-11-23T09:00:00Z")
        }
        return time
    }
}
