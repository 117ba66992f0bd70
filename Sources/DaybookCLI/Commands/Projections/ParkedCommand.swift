import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

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

    func run(with client: ProjectionClient) async throws {
        var table = Table([
            .init(title: "SOURCE"), .init(title: "STREAM"), .init(title: "TYPE"),
            .init(title: "PARTITION", isNumber: true), .init(title: "OFFSET", isNumber: true),
            .init(title: "WAITING", isNumber: true), .init(title: "ERROR"),
        ])
        var isEmpty = true
        for try await page in client.parked(includesWaiting: waiting) {
            if global.json {
                try Terminal.print(page.text)
            } else if !page.document.parked.isEmpty {
                isEmpty = false
                try table.print(page.document.parked.map { row($0) })
            }
        }
        if isEmpty && !global.json { try Terminal.print("nothing is parked") }
    }

    private func row(_ event: ParkedEventReport) -> [String] {
        [
            event.source.description, event.stream, event.type, String(event.partition.index), "\(event.offset)",
            String(event.waiting), event.reason ?? "waits behind another",
        ]
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

    func run(with client: ProjectionClient) async throws {
        for source in try await client.sources(ofParked: stream) {
            for try await page in client.parked(in: stream, of: source) {
                if global.json { try Terminal.print(page.text) } else { try show(page.document.parked) }
            }
        }
    }

    private func show(_ events: [ParkedEventReport]) throws {
        for event in events {
            try Terminal.print(
                "\(event.source) p\(event.partition.index) \(event.offset)  \(event.type)  version \(event.version)  "
                    + "\(event.occurredAt)")
            try Terminal.print("  \(printable(event.data))")
            try Terminal.print("  \(printable(event.reason ?? "waits behind the one before"))")
        }
    }
}

extension ProjectionClient {
    /// The writers that have a stream of this name of which something is parked.
    ///
    /// - Throws: `ExitCode` when there is none, after a complaint.
    fileprivate func sources(ofParked stream: String) async throws -> [Source] {
        var names: Set<String> = []
        for try await page in parked(inStreams: stream) {
            names.formUnion(page.document.parked.map(\.source.description))
        }
        guard names.isEmpty else { return names.sorted().map { Source($0) } }
        Terminal.complain("nothing of \(printable(stream)) is parked")
        throw ExitCode(ExitStatus.notFound.rawValue)
    }

    /// The only writer whose stream can be meant.
    ///
    /// - Throws: `ExitCode` when there is none, `ValidationError` when there are several.
    fileprivate func source(ofParked stream: String, named name: String?) async throws -> Source {
        if let name { return Source(name) }
        let sources = try await sources(ofParked: stream)
        guard sources.count == 1 else {
            throw ValidationError("--source is needed: \(sources.map(\.description).joined(separator: ", "))")
        }
        return sources[0]
    }

    /// Tries every stream of which something is parked once more, one after the other.
    ///
    /// - Throws: `ExitCode` when some are still parked.
    fileprivate func retryAll(of source: String?, json: Bool) async throws {
        var posted = 0
        var streams = 0
        var reason: String?
        for try await page in parked() {
            for event in page.document.parked where source == nil || event.source.description == source {
                do {
                    let outcome = try await retryParked(event.stream, of: event.source).document
                    posted += outcome.posted
                    if outcome.reason != nil { streams += 1 }
                    reason = reason ?? outcome.reason
                } catch let error as DaybookClientError where error.exitStatus == .notFound {
                    // Somebody else has let it go meanwhile.
                }
            }
        }
        let report: JSONData = ["posted": .integer(posted), "parked": .integer(streams)]
        try Terminal.print(json ? report.line : "\(posted) posted")
        guard let reason else { return }
        Terminal.complain("streams still parked: \(streams), the first one with: \(printable(reason))")
        throw ExitCode(ExitStatus.conflict.rawValue)
    }
}

extension Received<ParkedRetryResponse> {
    /// Prints what came of the parked events of a stream.
    ///
    /// - Throws: `ExitCode` when some are still parked.
    fileprivate func show(of stream: String, json: Bool) throws {
        try Terminal.print(json ? text : "\(printable(stream)): \(document.posted) posted")
        guard let reason = document.reason else { return }
        Terminal.complain("still parked: \(printable(reason))")
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

    func run(with client: ProjectionClient) async throws {
        guard let stream else { return try await client.retryAll(of: source, json: global.json) }
        let owner = try await client.source(ofParked: stream, named: source)
        try await client.retryParked(stream, of: owner).show(of: stream, json: global.json)
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

    func run(with client: ProjectionClient) async throws {
        let owner = try await client.source(ofParked: stream, named: source)
        try await client.skipParked(stream, of: owner).show(of: stream, json: global.json)
    }
}
