import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook events`
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Shows the events of all streams.", subcommands: [EventsTailCommand.self])
}

/// `daybook events tail`
struct EventsTailCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "tail", abstract: "Shows the latest events.")

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("All events after this position.", valueName: "position"))
    var after: Int?

    @Option(help: ArgumentHelp("The last events, 10 unless --after is given.", valueName: "count"))
    var last: Int?

    @Flag(help: "Go on with events as they happen, until Ctrl-C.")
    var follow = false

    func validate() throws {
        guard after == nil || last == nil else { throw ValidationError("Give --after or --last, not both.") }
        guard after.map({ $0 >= 0 }) ?? true else { throw ValidationError("--after takes a position, 0 or more.") }
        guard last.map({ $0 >= 0 }) ?? true else { throw ValidationError("--last takes a number, 0 or more.") }
    }

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let writer = WriterClient(at: daemons.writer, over: session)
        var printer = EventPrinter(.everything, isJSON: global.json)
        var place = EventPlace(position: try await start(writer))
        for try await page in writer.events(after: place).pages {
            try printer.print(page)
            place = page.last?.document.place ?? place
        }
        while follow {
            try await toleratingAbsence {
                for try await new in writer.tail(after: place) {
                    try printer.print([new.event])
                    place = new.place ?? place
                }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// The position after which events are shown.
    private func start(_ writer: WriterClient) async throws -> Position {
        if let after { return Position(rawValue: Int64(after)) }
        let head = try await writer.head().position
        return max(.zero, head + -Int64(last ?? 10))
    }
}
