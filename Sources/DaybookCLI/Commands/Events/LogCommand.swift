import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook log`
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Shows integration events as they were published.",
        subcommands: [LogTailCommand.self])
}

/// `daybook log tail`
struct LogTailCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Shows the latest integration events of a partition of the log.",
        discussion: """
            With --json each is a CloudEvent on a line, with the attributes of the message on the broker. \
            --after takes an offset, or the epoch and the offset of an event with a slash between them. With the \
            epoch, events of another log are refused.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The partition: a number, from 0.")
    var partition: Int

    @Option(help: ArgumentHelp("All events after this offset, or after this epoch/offset.", valueName: "offset"))
    var after: String?

    @Option(help: ArgumentHelp("The last events, 10 unless --after is given.", valueName: "count"))
    var last: Int?

    @Flag(help: "Go on with events as they happen, until Ctrl-C.")
    var follow = false

    func validate() throws {
        guard partition >= 0 else { throw ValidationError("The partition is a number, 0 or more.") }
        guard after == nil || last == nil else { throw ValidationError("Give --after or --last, not both.") }
        guard after.map({ PartitionPlace($0) != nil }) ?? true else {
            throw ValidationError("--after takes an offset, 0 or more, or an epoch, a slash and an offset.")
        }
        guard last.map({ $0 >= 0 }) ?? true else { throw ValidationError("--last takes a number, 0 or more.") }
    }

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let writer = WriterClient(at: daemons.writer, over: session)
        let partition = Partition(self.partition)
        var printer = LogPrinter(isJSON: global.json)
        var place = try await start(in: partition, writer)
        for try await page in writer.log(of: partition, after: place).pages {
            try printer.print(page)
            place = page.last?.document.place ?? place
        }
        while follow {
            try await toleratingAbsence {
                for try await event in writer.logTail(of: partition, after: place) {
                    try printer.print([event])
                    place = event.document.place
                }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// The place after which events are shown.
    private func start(in partition: Partition, _ writer: WriterClient) async throws -> PartitionPlace {
        if let place = after.flatMap({ PartitionPlace($0) }) { return place }
        let head = try await writer.logHead(of: partition)
        return PartitionPlace(epoch: head.epoch, offset: max(.zero, head.offset + -Int64(last ?? 10)))
    }
}

/// Prints integration events: as the lines they came in, or as a table.
private struct LogPrinter {
    let isJSON: Bool
    private var table = Table([
        .init(title: "OFFSET", isNumber: true), .init(title: "STREAM"), .init(title: "VERSION", isNumber: true),
        .init(title: "TYPE"), .init(title: "RECORDED AT"), .init(title: "DATA"),
    ])

    init(isJSON: Bool) { self.isJSON = isJSON }

    /// Prints the events.
    ///
    /// - Throws: `OutputError`.
    mutating func print(_ events: [Received<LogEventResponse>]) throws {
        if isJSON {
            for event in events { try Terminal.print(event.text) }
        } else {
            try table.print(events.map { Self.row($0.document.cloudEvent.entry) })
        }
    }

    private static func row(_ entry: LogEntry) -> [String] {
        [
            entry.offset.description, entry.stream.description, entry.streamVersion.description, entry.type,
            entry.recordedAt.description, EncodedJSON(Array(entry.data)).line,
        ]
    }
}
