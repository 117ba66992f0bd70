import ArgumentParser

/// `daybook parked`
struct ParkedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parked", abstract: "Shows events that a projection could not post, and lets them go.",
        subcommands: [ParkedListCommand.self, ParkedShowCommand.self, ParkedRetryCommand.self, ParkedSkipCommand.self])
}

/// `daybook parked list`
struct ParkedListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows the parked events of a projection, with their errors.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Flag(help: "Show those that wait behind them too.")
    var waiting = false

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let worker = try await projection.worker(daemons, session)
        let path = Call.path("projections", projection.name, "parked") + (waiting ? "?waiting=true" : "")
        let text = try await session.text(Call(path: path), at: worker)
        if global.json { return try Terminal.print(text) }
        let events = try ParkedAnswer.read(text, from: worker).parked
        guard !events.isEmpty else { return try Terminal.print("nothing is parked") }
        var table = Table([
            .init(title: "SOURCE"), .init(title: "STREAM"), .init(title: "TYPE"),
            .init(title: "PARTITION", isNumber: true), .init(title: "OFFSET", isNumber: true),
            .init(title: "WAITING", isNumber: true), .init(title: "ERROR"),
        ])
        try table.print(
            events.map {
                [
                    $0.source, $0.stream, $0.type, "\($0.partition)", "\($0.offset)", "\($0.waiting)",
                    $0.reason ?? "waits behind another",
                ]
            })
    }
}

/// `daybook parked show`
struct ParkedShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows what is parked of a stream: each event with its data, and the error.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Argument(help: "The stream, such as user-42.")
    var stream: String

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let worker = try await projection.worker(daemons, session)
        let sources = try await projection.sources(ofParked: stream, at: worker, session)
        if sources.isEmpty {
            Terminal.complain("nothing of \(printable(stream)) is parked")
            throw ExitCode(ExitStatus.notFound.rawValue)
        }
        for source in sources {
            let path = Call.path("projections", projection.name, "parked", source, stream)
            let text = try await session.text(Call(path: path), at: worker)
            if global.json { try Terminal.print(text) } else { try show(ParkedAnswer.read(text, from: worker).parked) }
        }
    }

    private func show(_ events: [ParkedAnswer.Event]) throws {
        for event in events {
            try Terminal.print(
                "\(event.source) p\(event.partition) \(event.offset)  \(event.type)  version \(event.version ?? 0)  "
                    + "\(event.occurredAt ?? "")")
            try Terminal.print("  \(printable(event.data ?? ""))")
            try Terminal.print("  \(printable(event.reason ?? "waits behind the one before"))")
        }
    }
}

/// What a worker says is parked.
private struct ParkedAnswer: Decodable {
    struct Event: Decodable {
        let source: String
        let partition: Int
        let offset: Int
        let stream: String
        let type: String
        let reason: String?
        let waiting: Int
        let version: Int?
        let occurredAt: String?
        let data: String?
    }

    let parked: [Event]
}

/// A command that lets the parked events of a stream go.
protocol ParkedOperation: ClientCommand {
    static var operation: String { get }
    var projection: ProjectionOptions { get }
    var stream: String { get }
    var source: String? { get }
}

extension ParkedOperation {
    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let worker = try await projection.worker(daemons, session)
        let sources = try await projection.sources(ofParked: stream, at: worker, session)
        guard let source = source ?? sources.first else {
            Terminal.complain("nothing of \(printable(stream)) is parked")
            throw ExitCode(ExitStatus.notFound.rawValue)
        }
        guard self.source != nil || sources.count == 1 else {
            throw ValidationError("--source is needed: \(sources.joined(separator: ", "))")
        }
        let path = Call.path("projections", projection.name, "parked", source, stream, Self.operation)
        let text = try await session.text(Call(path: path, body: "{}"), at: worker)
        let outcome = try ParkedOutcome.read(text, from: worker)
        try Terminal.print(global.json ? text : "\(stream): \(outcome.posted) posted")
        guard let reason = outcome.reason else { return }
        Terminal.complain("still parked: \(printable(reason))")
        throw ExitCode(ExitStatus.conflict.rawValue)
    }
}

extension ProjectionOptions {
    /// The writers that have a stream of this name of which something is parked.
    fileprivate func sources(
        ofParked stream: String, at worker: Endpoint, _ session: HTTPSession
    ) async throws -> [String] {
        let text = try await session.text(Call(path: Call.path("projections", name, "parked")), at: worker)
        let events = try ParkedAnswer.read(text, from: worker).parked
        return Set(events.filter { $0.stream == stream }.map(\.source)).sorted()
    }
}

private struct ParkedOutcome: Decodable {
    let posted: Int
    let reason: String?
}

/// `daybook parked retry`
struct ParkedRetryCommand: ParkedOperation {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Posts what is parked of a stream, in order, as far as it goes.")
    static let operation = "retry"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Argument(help: "The stream, such as user-42.")
    var stream: String

    @Option(help: "The writer whose stream it is, where several have one of that name.")
    var source: String?
}

/// `daybook parked skip`
struct ParkedSkipCommand: ParkedOperation {
    static let configuration = CommandConfiguration(
        commandName: "skip",
        abstract: "Gives up the first parked event of a stream, for this and all later generations, and posts the rest."
    )
    static let operation = "skip"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Argument(help: "The stream, such as user-42.")
    var stream: String

    @Option(help: "The writer whose stream it is, where several have one of that name.")
    var source: String?
}
