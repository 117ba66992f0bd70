import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook <category> <command>`, for every category and command the writer knows.
struct CategoryCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "category",
        abstract: "Sends a command to an object of a category, or shows its state. The default.",
        usage: """
            \(Tool.name) <category> <command> [<id>] [<key>=<value> ...] [<options>]
            \(Tool.name) <category> show <id> [--at <version or time>] [--since <version or time>]
            """,
        discussion: """
            The first argument after the command that has no '=' is the id; without one the writer chooses it. \
            key=value is text, key:=json any JSON: \(Tool.name) user create name=Ada age:=36

            A category named like a subcommand is reached by: \(Tool.name) category <category> <command>
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The category, such as user.")
    var category: String

    @Argument(help: "The command, such as create, or show.")
    var command: String

    @Argument(help: "The id, and what the command is given.")
    var arguments: [String] = []

    @Option(help: "The id, for one that contains '='.")
    var id: String?

    @Option(help: ArgumentHelp("All that the command is given, as a JSON object.", valueName: "json"))
    var data: String?

    @Option(help: ArgumentHelp("Do it only if the object has this version.", valueName: "version"))
    var expect: Int?

    @Option(
        help: ArgumentHelp(
            "Do it only once under this key; it is sent again for some seconds when no response comes.",
            valueName: "idempotency-key"))
    var key: String?

    @Option(help: ArgumentHelp("On whose behalf.", valueName: "name"))
    var actor: String?

    @Option(help: ArgumentHelp("With show: as it was after a version, or at a time in UTC.", valueName: "moment"))
    var at: String?

    @Option(help: ArgumentHelp("With show: only what has changed since then.", valueName: "moment"))
    var since: String?

    func validate() throws {
        guard !category.isEmpty, !command.isEmpty else { throw ValidationError("A name is empty.") }
        guard expect.map({ $0 >= 0 }) ?? true else { throw ValidationError("--expect takes a version, 0 or more.") }
        for text in [key, actor].compactMap(\.self) where !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
            throw ValidationError("--key and --actor take ASCII characters only, not \"\(printable(text))\".")
        }
        let input = try CommandInput(arguments: arguments, id: id, data: data)
        if command == "show" {
            guard input.id != nil else { throw ValidationError("show needs the id of what to show.") }
            guard input.isEmpty, expect == nil, key == nil, actor == nil else {
                throw ValidationError("show takes an id, --at and --since, and nothing else.")
            }
            for text in [at, since].compactMap(\.self) { _ = try Self.moment(text) }
        } else if at != nil || since != nil {
            throw ValidationError("--at and --since go with show.")
        }
    }

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let input = try CommandInput(arguments: arguments, id: id, data: data)
        let writer = WriterClient(at: daemons.writer, over: session)
        if command == "show", let id = input.id {
            try await show(id, writer)
        } else {
            try await send(input, writer)
        }
    }

    /// The writer says whether there is such a category.
    private var streamCategory: StreamCategory { StreamCategory(stringLiteral: category) }

    /// Reads a version, or a time in UTC.
    private static func moment(_ text: String) throws -> Moment {
        if let version = Int64(text) { return .version(StreamVersion(rawValue: version)) }
        guard let time = Timestamp(text) else {
            throw ValidationError("--at and --since take a version, or a time such as 2026-11-01T00:00Z, or a date.")
        }
        return .time(time)
    }

    private func show(_ id: String, _ writer: WriterClient) async throws {
        let moment = try at.map { try Self.moment($0) }
        let response = try await writer.state(of: id, in: streamCategory, at: moment)
        let version = response.document.version
        let state = try response.document.state.value()
        if let since {
            let before = try await writer.state(of: id, in: streamCategory, at: Self.moment(since)).document
            let changes = try before.state.value().changes(to: state)
            return try show(changes, of: id, from: before.version, to: version)
        }
        if global.json { return try Terminal.print(response.text) }
        try Terminal.print(printable("\(response.document.id)  version \(version)"))
        for line in state.indented.split(separator: "\n") { try Terminal.print(printable(line)) }
    }

    private func show(
        _ changes: [MemberChange], of id: String, from first: StreamVersion, to last: StreamVersion
    ) throws {
        if global.json {
            let report: JSONData = [
                "id": .text(id), "from": .integer(first.rawValue), "to": .integer(last.rawValue),
                "changes": .array(changes.map(\.json)),
            ]
            return try Terminal.print(report.line)
        }
        try Terminal.print(printable("\(id)  version \(first) to \(last)"))
        for change in changes {
            try Terminal.print(printable("  \(change.member): \(change.from.line) → \(change.to.line)"))
        }
    }

    private func send(_ input: CommandInput, _ writer: WriterClient) async throws {
        var message = CommandMessage(
            command, to: streamCategory, id: input.id, body: EncodedJSON(Array(input.body.utf8)))
        if let expect { message.expected = .exactly(StreamVersion(rawValue: Int64(expect))) }
        message.idempotencyKey = key
        message.actor = actor

        // Without a key it is sent once: nobody knows whether a command that has no response was carried out.
        let response = try await writer.send(message)
        if global.json { return try Terminal.print(response.text) }
        let done = response.document
        let position = done.position.map { "position \($0)" } ?? "nothing changed"
        try Terminal.print(printable("\(done.id)  version \(done.version)  \(position)"))
    }
}
