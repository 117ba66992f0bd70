import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook events tail`
struct EventsTailCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Shows the latest events.",
        discussion: """
            Events are shown in order. Without --after, --before and --last the last 10 are shown, with --before the \
            last 10 before a position, unless --limit says how many. The position of the first one is the --before of \
            the page before it. --after and --before take a position, or the epoch and the position of an event with a \
            slash between them. With the epoch, events of another log are refused.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("Only events after this position, or epoch/position.", valueName: "position"))
    var after: String?

    @Option(help: ArgumentHelp("The last events before this position, or epoch/position.", valueName: "position"))
    var before: String?

    @Option(help: ArgumentHelp("The last events.", valueName: "count"))
    var last: Int?

    @Option(help: ArgumentHelp("With --after or --before: at most this many events.", valueName: "count"))
    var limit: Int?

    @OptionGroup var selection: EventFilterOptions

    @Flag(help: "Go on with events as they happen, until Ctrl-C.")
    var follow = false

    func validate() throws {
        let given = [("--after", after != nil), ("--before", before != nil), ("--last", last != nil)]
        let places = given.filter { $0.1 }.map { $0.0 }
        guard places.count < 2 else { throw ValidationError("Give \(places[0]) or \(places[1]), not both.") }
        guard after.map({ EventPlace($0) != nil }) ?? true else {
            throw ValidationError("--after takes a position, 0 or more, or an epoch, a slash and a position.")
        }
        guard before.map({ EventPlace($0).map { $0.position > .zero } ?? false }) ?? true else {
            throw ValidationError("--before takes a position, 1 or more, or an epoch, a slash and a position.")
        }
        guard last.map({ $0 >= 0 }) ?? true else { throw ValidationError("--last takes a number, 0 or more.") }
        guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit takes a number from 1.") }
        guard limit == nil || after != nil || before != nil else {
            throw ValidationError("--limit goes with --after or --before.")
        }
        guard !follow || (before == nil && limit == nil) else {
            throw ValidationError("--follow does not go with --before or --limit.")
        }
        _ = try selection.filter()
    }

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let writer = WriterClient(at: daemons.writer, over: session)
        let filter = try selection.filter()
        var printer = EventPrinter(.everything, isJSON: global.json)
        var place = try await start(writer, filter)
        let limit = before == nil ? limit ?? .max : count
        let end = self.end?.position ?? Position(rawValue: .max)
        for try await page in writer.events(after: place, matching: filter, limit: limit).pages {
            let shown = page.prefix { $0.document.position < end }
            try printer.print(Array(shown))
            place = page.last?.document.place ?? place
            if shown.count < page.count { break }
        }
        while follow {
            try await toleratingAbsence {
                for try await new in writer.tail(after: place, matching: filter) {
                    try printer.print([new.event])
                    place = new.place ?? place
                }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// The number of events to go back.
    private var count: Int { (before == nil ? last : limit) ?? 10 }

    /// The place before which events are shown; `nil` for the end of the store.
    private var end: EventPlace? { before.flatMap { EventPlace($0) } }

    /// The place after which events are shown.
    private func start(_ writer: WriterClient, _ filter: EventFilter) async throws -> EventPlace {
        if let place = after.flatMap({ EventPlace($0) }) { return place }
        let head = try await writer.head()
        if before == nil, filter.isEmpty || count == 0 {
            return EventPlace(epoch: head.epoch, position: max(.zero, head.position + -Int64(count)))
        }
        // From page to page only the place is kept, as there may be many events.
        var place = EventPlace(epoch: head.epoch, position: head.position)
        for try await page in writer.earlierEvents(before: end, matching: filter, limit: count) {
            guard let first = page.first?.document else { continue }
            place = EventPlace(epoch: first.epoch, position: first.position.previous)
        }
        return place
    }
}
