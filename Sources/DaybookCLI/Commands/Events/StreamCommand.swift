import ArgumentParser
import Daybook
import DaybookAPI
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
    var after: Int?

    @Option(help: ArgumentHelp("Only events before this version; with --limit the last ones.", valueName: "version"))
    var before: Int?

    @Option(help: ArgumentHelp("Only the last events.", valueName: "count"))
    var last: Int?

    @Option(help: ArgumentHelp("At most this many events.", valueName: "count"))
    var limit: Int?

    @Flag(help: "Show the state of the object after each event.")
    var states = false

    func validate() throws {
        guard !stream.isEmpty else { throw ValidationError("The stream's name is empty.") }
        let places = [("--after", after), ("--before", before), ("--last", last)].filter { $0.1 != nil }
        guard places.count < 2 else { throw ValidationError("Give \(places[0].0) or \(places[1].0), not both.") }
        guard last == nil || limit == nil else { throw ValidationError("Give --last or --limit, not both.") }
        guard after.map({ $0 >= 0 }) ?? true else { throw ValidationError("--after takes a version, 0 or more.") }
        guard before.map({ $0 >= 1 }) ?? true else { throw ValidationError("--before takes a version, 1 or more.") }
        guard last.map({ $0 > 0 }) ?? true else { throw ValidationError("--last takes a number from 1.") }
        guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit takes a number from 1.") }
    }

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        var printer = EventPrinter(states ? .states : .stream, isJSON: global.json)
        let writer = WriterClient(at: daemons.writer, over: session)
        // The writer says whether a stream can have this name.
        let name = StreamName(stored: stream)
        let events = writer.events(
            of: name, after: try await start(of: name, writer), limit: limit ?? .max, withStates: states)
        let end = StreamVersion(rawValue: before.map { Int64($0) } ?? .max)
        for try await page in events.pages {
            let shown = page.prefix { $0.document.version < end }
            try printer.print(Array(shown))
            if shown.count < page.count { break }
        }
    }

    /// The version after which events are shown.
    private func start(of stream: StreamName, _ writer: WriterClient) async throws -> StreamVersion {
        if let after { return StreamVersion(rawValue: Int64(after)) }
        guard let count = last ?? (before == nil ? nil : limit) else { return .zero }
        let end = before.map { StreamVersion(rawValue: Int64($0)) }
        // From page to page only the version is kept, as there may be many events.
        var start = end?.previous ?? .zero
        for try await page in writer.earlierEvents(of: stream, before: end, limit: count) {
            start = page.first?.document.version.previous ?? start
        }
        return start
    }
}
