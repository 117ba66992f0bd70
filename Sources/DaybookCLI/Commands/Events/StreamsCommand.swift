import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook streams`
struct StreamsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streams", abstract: "Shows which streams there is something to say of.",
        subcommands: [StreamsQuarantinedCommand.self])
}

/// `daybook streams quarantined`
struct StreamsQuarantinedCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantined",
        abstract: "Shows the streams and commands at which the writer's code ends the process.",
        discussion: """
            A stream in quarantine is neither read nor written by the domain's code; its events are still there, and \
            `\(Tool.name) stream show` shows them. A command in quarantine is refused on its stream. Both are tried \
            again when another version of the writer starts.
            """)

    @OptionGroup var global: GlobalOptions

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let response = try await WriterClient(at: daemons.writer, over: session).quarantine()
        if global.json { return try Terminal.print(response.text) }
        let entries = response.document.quarantined
        guard !entries.isEmpty else { return try Terminal.print("nothing is quarantined") }
        var table = Table([
            .init(title: "STREAM"), .init(title: "COMMAND"), .init(title: "SIGNAL"), .init(title: "SINCE"),
        ])
        try table.print(
            entries.map { [$0.stream, $0.command ?? "all", String($0.signal), $0.since.description] })
    }
}
