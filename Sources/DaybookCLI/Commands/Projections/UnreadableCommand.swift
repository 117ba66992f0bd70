import ArgumentParser

/// `daybook unreadable`
struct UnreadableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unreadable",
        abstract: "Shows messages that a projection or a reaction could not read, and drops them.",
        subcommands: [UnreadableListCommand.self, UnreadableShowCommand.self, UnreadableDropCommand.self])
}

/// What a worker says that it keeps.
private struct UnreadableAnswer: Decodable {
    let unreadable: [UnreadableMessage]
    let dropped: Int
}

private struct UnreadableMessage: Decodable {
    let id: Int64
    let partition: Int
    let reason: String
    let keptAt: String
    let bodySize: Int
    let attributes: String?
    let body: String?
    let bodyBase64: String?
}

/// `daybook unreadable list`
struct UnreadableListCommand: ProjectionCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows the messages that are kept, oldest first, with the reason of each.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    func run(at worker: ProjectionWorker) async throws {
        let text = try await worker.get(["unreadable"])
        if global.json { return try Terminal.print(text) }
        let answer = try UnreadableAnswer.read(text, from: worker.endpoint)
        if answer.dropped > 0 { try Terminal.print("\(answer.dropped) older ones were dropped") }
        guard !answer.unreadable.isEmpty else { return try Terminal.print("no message is kept") }
        var table = Table([
            .init(title: "ID", isNumber: true), .init(title: "PARTITION", isNumber: true), .init(title: "KEPT AT"),
            .init(title: "BYTES", isNumber: true), .init(title: "REASON"),
        ])
        try table.print(
            answer.unreadable.map {
                ["\($0.id)", "\($0.partition)", printable($0.keptAt), "\($0.bodySize)", printable($0.reason)]
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

    func run(at worker: ProjectionWorker) async throws {
        let text = try await worker.get(["unreadable", "\(id)"])
        if global.json { return try Terminal.print(text) }
        let message = try UnreadableMessage.read(text, from: worker.endpoint)
        try Terminal.print("partition \(message.partition)  \(message.bodySize) bytes  \(printable(message.keptAt))")
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

    func run(at worker: ProjectionWorker) async throws {
        let text = try await worker.post(["unreadable"] + (id.map { ["\($0)"] } ?? []) + ["drop"])
        if global.json { return try Terminal.print(text) }
        try Terminal.print("\(projection.name): \(try Dropped.read(text, from: worker.endpoint).dropped) dropped")
    }

    private struct Dropped: Decodable {
        let dropped: Int
    }
}
