import ArgumentParser
import Daybook

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

    @Option(help: ArgumentHelp("Do it only once under this key.", valueName: "idempotency-key"))
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
        } else if at != nil || since != nil {
            throw ValidationError("--at and --since go with show.")
        }
    }

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let input = try CommandInput(arguments: arguments, id: id, data: data)
        if command == "show", let id = input.id {
            try await show(id, daemons.writer, session)
        } else {
            try await send(input, daemons.writer, session)
        }
    }

    private func show(_ id: String, _ writer: Endpoint, _ session: HTTPSession) async throws {
        let (answer, object) = try await state(of: id, at, writer, session)
        guard let since else {
            if global.json { return try Terminal.print(answer) }
            try Terminal.print(printable("\(object.id)  version \(object.version)"))
            let lines = object.state.text(isIndented: true).split(separator: "\n")
            for line in lines { try Terminal.print(printable(line)) }
            return
        }
        let (_, before) = try await state(of: id, since, writer, session)
        let changes = before.state.changes(to: object.state)
        if global.json {
            let members: [String: JSON] = [
                "id": .string(id), "from": .integer(before.version), "to": .integer(object.version),
                "changes": .array(changes.map { .object(["member": .string($0), "from": $1, "to": $2]) }),
            ]
            return try Terminal.print(JSON.object(members).text())
        }
        try Terminal.print(printable("\(object.id)  version \(before.version) to \(object.version)"))
        for (member, from, to) in changes {
            try Terminal.print(printable("  \(member): \(from.text()) → \(to.text())"))
        }
    }

    private func state(
        of id: String, _ moment: String?, _ writer: Endpoint, _ session: HTTPSession
    ) async throws -> (answer: String, ObjectState) {
        let parameter = moment.map { text in
            Int(text) == nil ? "?at-time=\(Call.encoded(text))" : "?at-version=\(text)"
        }
        let answer = try await session.text(Call(path: Call.path(category, id) + (parameter ?? "")), at: writer)
        return (answer, try ObjectState.read(answer, from: writer))
    }

    private func send(_ input: CommandInput, _ writer: Endpoint, _ session: HTTPSession) async throws {
        let path = input.id.map { Call.path(category, $0, command) } ?? Call.path(category, command)
        var call = Call(path: path, body: input.body)
        call.headers["If-Match"] = expect.map { "\"\($0)\"" }
        call.headers["Idempotency-Key"] = key
        call.headers["Daybook-Actor"] = actor

        let answer = try await session.text(call, at: writer)
        let receipt = try Receipt.read(answer, from: writer)
        if global.json { return try Terminal.print(answer) }
        let position = receipt.position.map { "position \($0)" } ?? "nothing changed"
        try Terminal.print(printable("\(receipt.id)  version \(receipt.version)  \(position)"))
    }
}

/// The answer to `show`.
private struct ObjectState: Decodable {
    let id: String
    let version: Int
    let state: JSON
}

/// The answer to a command.
private struct Receipt: Decodable {
    let id: String
    let version: Int
    let position: Int?
}
