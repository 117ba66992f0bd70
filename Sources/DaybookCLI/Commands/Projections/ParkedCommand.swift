import ArgumentParser

/// `daybook parked`
struct ParkedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parked", abstract: "Shows events that a projection could not post, and lets them go.",
        subcommands: [ParkedListCommand.self, ParkedShowCommand.self, ParkedRetryCommand.self, ParkedSkipCommand.self])
}

/// `daybook parked list`
struct ParkedListCommand: ProjectionCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows the parked events of a projection, with their errors.",
        discussion: "With --json each page of them is a line.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Flag(help: "Show those that wait behind them too.")
    var waiting = false

    func run(at worker: ProjectionWorker) async throws {
        var table = Table([
            .init(title: "SOURCE"), .init(title: "STREAM"), .init(title: "TYPE"),
            .init(title: "PARTITION", isNumber: true), .init(title: "OFFSET", isNumber: true),
            .init(title: "WAITING", isNumber: true), .init(title: "ERROR"),
        ])
        var isEmpty = true
        try await worker.withParked(query: waiting ? ["waiting=true"] : []) { text, events in
            if global.json { return try Terminal.print(text) }
            guard !events.isEmpty else { return }
            isEmpty = false
            try table.print(
                events.map {
                    [
                        $0.source, $0.stream, $0.type, "\($0.partition)", "\($0.offset)", "\($0.waiting)",
                        $0.reason ?? "waits behind another",
                    ]
                })
        }
        if isEmpty && !global.json { try Terminal.print("nothing is parked") }
    }
}

/// `daybook parked show`
struct ParkedShowCommand: ProjectionCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows what is parked of a stream: each event with its data, and the error.",
        discussion: "With --json each page of them is a line.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Argument(help: "The stream, such as user-42.")
    var stream: String

    func run(at worker: ProjectionWorker) async throws {
        for source in try await worker.sources(ofParked: stream) {
            try await worker.withParked([source, stream]) { text, events in
                if global.json { try Terminal.print(text) } else { try show(events) }
            }
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

/// One page of what a worker says is parked.
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
    /// What the next page comes after.
    let next: String?
}

extension ProjectionWorker {
    /// Hands over the parked events page by page, each page also as it came.
    fileprivate func withParked(
        _ place: [String] = [], query: [String] = [], _ take: (String, [ParkedAnswer.Event]) async throws -> Void
    ) async throws {
        var after: String?
        repeat {
            let start = after.map { ["after=\(Call.encoded($0))"] } ?? []
            let text = try await get(["parked"] + place, query: ["limit=1000"] + query + start)
            let answer = try ParkedAnswer.read(text, from: endpoint)
            // Pages that do not go on would never end.
            guard answer.next == nil || answer.next != after else {
                throw ClientError.unexpectedAnswer(from: endpoint.title, reason: "its pages do not go on")
            }
            try await take(text, answer.parked)
            after = answer.next
        } while after != nil
    }

    /// The writers that have a stream of this name of which something is parked.
    ///
    /// - Throws: `ExitCode` when there is none, after a complaint.
    fileprivate func sources(ofParked stream: String) async throws -> [String] {
        var sources: Set<String> = []
        try await withParked(query: ["stream=\(Call.encoded(stream))"]) { _, events in
            sources.formUnion(events.map(\.source))
        }
        guard sources.isEmpty else { return sources.sorted() }
        Terminal.complain("nothing of \(printable(stream)) is parked")
        throw ExitCode(ExitStatus.notFound.rawValue)
    }
}

private struct ParkedOutcome: Decodable {
    let posted: Int
    let reason: String?
}

extension ProjectionWorker {
    /// Lets the parked events of one stream go, and tells what came of it.
    ///
    /// - Throws: `ExitCode` when some are still parked, `ValidationError` when it is not clear whose stream it is.
    fileprivate func letGo(_ operation: String, _ stream: String, of source: String?, json: Bool) async throws {
        let sources = if let source { [source] } else { try await sources(ofParked: stream) }
        guard sources.count == 1 else {
            throw ValidationError("--source is needed: \(sources.joined(separator: ", "))")
        }
        let text = try await post(["parked", sources[0], stream, operation])
        let outcome = try ParkedOutcome.read(text, from: endpoint)
        try Terminal.print(json ? text : "\(printable(stream)): \(outcome.posted) posted")
        guard let reason = outcome.reason else { return }
        Terminal.complain("still parked: \(printable(reason))")
        throw ExitCode(ExitStatus.conflict.rawValue)
    }

    /// Tries every stream of which something is parked once more, one after the other.
    ///
    /// - Throws: `ExitCode` when some are still parked.
    fileprivate func retryAll(of source: String?, json: Bool) async throws {
        var (posted, streams) = (0, 0)
        var reason: String?
        try await withParked { _, events in
            for event in events where source == nil || event.source == source {
                do {
                    let text = try await post(["parked", event.source, event.stream, "retry"])
                    let outcome = try ParkedOutcome.read(text, from: endpoint)
                    posted += outcome.posted
                    if outcome.reason != nil { streams += 1 }
                    reason = reason ?? outcome.reason
                } catch let error as ClientError where error.exitStatus == .notFound {
                    // Somebody else has let it go meanwhile.
                }
            }
        }
        try Terminal.print(json ? #"{"posted":\#(posted),"parked":\#(streams)}"# : "\(posted) posted")
        guard let reason else { return }
        Terminal.complain("streams still parked: \(streams), the first one with: \(printable(reason))")
        throw ExitCode(ExitStatus.conflict.rawValue)
    }
}

/// `daybook parked retry`
struct ParkedRetryCommand: ProjectionCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Posts what is parked of a stream, in order, as far as it goes.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Argument(help: "The stream, such as user-42.")
    var stream: String?

    @Flag(help: "Retry every stream of which something is parked, one after the other.")
    var all = false

    @Option(help: "The writer whose stream it is, where several have one of that name.")
    var source: String?

    func validate() throws {
        if (stream == nil) != all { throw ValidationError("give a stream, or --all") }
    }

    func run(at worker: ProjectionWorker) async throws {
        if let stream {
            try await worker.letGo("retry", stream, of: source, json: global.json)
        } else {
            try await worker.retryAll(of: source, json: global.json)
        }
    }
}

/// `daybook parked skip`
struct ParkedSkipCommand: ProjectionCommand {
    static let configuration = CommandConfiguration(
        commandName: "skip",
        abstract: "Gives up the first parked event of a stream, for this and all later generations, and posts the rest."
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Argument(help: "The stream, such as user-42.")
    var stream: String

    @Option(help: "The writer whose stream it is, where several have one of that name.")
    var source: String?

    func run(at worker: ProjectionWorker) async throws {
        try await worker.letGo("skip", stream, of: source, json: global.json)
    }
}
