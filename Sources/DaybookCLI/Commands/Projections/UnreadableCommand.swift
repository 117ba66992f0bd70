import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook unreadable`
struct UnreadableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unreadable",
        abstract: "Shows messages that a projection or a reaction could not read, and drops them.",
        subcommands: [UnreadableListCommand.self, UnreadableShowCommand.self, UnreadableDropCommand.self])
}

/// `daybook unreadable list`
struct UnreadableListCommand: ProjectionCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows the messages that are kept, oldest first, with the reason of each.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    func run(with client: ProjectionClient) async throws {
        let response = try await client.unreadableMessages()
        if global.json { return try Terminal.print(response.text) }
        let answer = response.document
        if answer.dropped > 0 { try Terminal.print("\(answer.dropped) older ones were dropped") }
        guard !answer.unreadable.isEmpty else { return try Terminal.print("no message is kept") }
        var table = Table([
            .init(title: "ID", isNumber: true), .init(title: "PARTITION", isNumber: true), .init(title: "KEPT AT"),
            .init(title: "BYTES", isNumber: true), .init(title: "REASON"),
        ])
        try table.print(
            answer.unreadable.map {
                ["\($0.id)", "\($0.partition.index)", "\($0.keptAt)", "\($0.bodySize)", printable($0.reason)]
            })
    }
}

/// `daybook unreadable show`
struct UnreadableShowCommand: ProjectionCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a message that is kept: its attributes, and its body up to 4 MiB.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Argument(help: "Its number in the list.")
    var id: Int64

    func run(with client: ProjectionClient) async throws {
        let response = try await client.unreadableMessage(id)
        if global.json { return try Terminal.print(response.text) }
        let message = response.document
        try Terminal.print("partition \(message.partition.index)  \(message.bodySize) bytes  \(message.keptAt)")
        try Terminal.print(printable(message.reason))
        try Terminal.print(printable(message.attributes ?? ""))
        try Terminal.print(printable(message.body ?? message.bodyBase64.map { "base64: \($0)" } ?? ""))
    }
}

/// `daybook unreadable drop`
struct UnreadableDropCommand: ProjectionCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Drops a message that is kept, or all of them.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Argument(help: "Its number in the list.")
    var id: Int64?

    @Flag(help: "Drop all of them.")
    var all = false

    func validate() throws {
        guard all == (id == nil) else { throw ValidationError("name a message, or drop --all") }
    }

    func run(with client: ProjectionClient) async throws {
        let response =
            if let id { try await client.dropUnreadableMessage(id) } else { try await client.dropUnreadableMessages() }
        if global.json { return try Terminal.print(response.text) }
        try Terminal.print("\(projection.name): \(response.document.dropped) dropped")
    }
}
