import ArgumentParser
import Daybook
import DaybookClient

/// `daybook stream`
struct StreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream", abstract: "Shows single streams.", subcommands: [StreamShowCommand.self])
}

/// `daybook stream show`
struct StreamShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows the events of a stream.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The stream: a category and an id, such as user-ada.")
    var stream: String

    @Option(help: ArgumentHelp("Only events after this version.", valueName: "version"))
    var after = 0

    @Option(help: ArgumentHelp("At most this many events.", valueName: "count"))
    var limit: Int?

    @Flag(help: "Show the state of the object after each event.")
    var states = false

    func validate() throws {
        guard !stream.isEmpty else { throw ValidationError("The stream's name is empty.") }
        guard after >= 0 else { throw ValidationError("--after takes a version, 0 or more.") }
        guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit takes a number from 1.") }
    }

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        var printer = EventPrinter(states ? .states : .stream, isJSON: global.json)
        // The writer says whether a stream can have this name.
        let events = WriterClient(at: daemons.writer, over: session).events(
            of: StreamName(stored: stream), after: StreamVersion(rawValue: Int64(after)), limit: limit ?? .max,
            withStates: states)
        for try await page in events.pages { try printer.print(page) }
    }
}
