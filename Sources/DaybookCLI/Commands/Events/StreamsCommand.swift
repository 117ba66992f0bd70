import ArgumentParser
import Foundation

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
            `daybook stream show` shows them. A command in quarantine is refused on its stream. Both are tried again \
            when another version of the writer starts.
            """)

    @OptionGroup var global: GlobalOptions

    private struct Report: Decodable {
        struct Entry: Decodable {
            let stream: String
            let command: String?
            let signal: Int
            let since: String
        }

        let quarantined: [Entry]
    }

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let text = try await session.text(Call(path: "/v1/quarantine"), at: daemons.writer)
        if global.json { return try Terminal.print(text) }
        guard let entries = (try? JSONDecoder().decode(Report.self, from: Data(text.utf8)))?.quarantined else {
            throw ClientError.unexpectedAnswer(from: daemons.writer.title, reason: "it is no quarantine")
        }
        guard !entries.isEmpty else { return try Terminal.print("nothing is quarantined") }
        var table = Table([
            .init(title: "STREAM"), .init(title: "COMMAND"), .init(title: "SIGNAL"), .init(title: "SINCE"),
        ])
        try table.print(
            entries.map { [$0.stream, $0.command ?? "all", String($0.signal), $0.since] })
    }
}
