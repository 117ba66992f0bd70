import ArgumentParser

/// A command that asks a worker to do something with a projection.
protocol ProjectionOperation: ProjectionCommand {
    static var operation: String { get }
    /// What the worker is told, as JSON.
    var body: String { get }
}

extension ProjectionOperation {
    var body: String { "{}" }

    func run(at worker: ProjectionWorker) async throws {
        let text = try await worker.post([Self.operation], body: body)
        if global.json { return try Terminal.print(text) }
        try Terminal.print("\(projection.name): \(Self.operation) is noted")
    }
}

/// `daybook projections rebuild`
struct ProjectionsRebuildCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Builds a projection's next generation beside the one that serves.",
        discussion: """
            It is built from history while the present one serves and stays live, and takes over in one step. A build
            goes on after any crash.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Flag(help: "Let it wait for `\(Tool.name) projections promote` before it serves.")
    var hold = false

    @Flag(help: "Let it serve only if its rows equal those that serve.")
    var requireEqual = false

    @Flag(help: "Begin nothing: say how many events it would be, how long and how much disk it would take.")
    var explain = false

    @Flag(help: "Wait until it serves, or with --hold until it has caught up, and show how far it is.")
    var wait = false

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let worker = try await projection.worker(daemons, session)
        if explain { return try await explain(at: worker, session) }
        let before = try await projection.status(at: worker, session)?.generation
        let body = "{\"hold\":\(hold),\"requireEqual\":\(requireEqual)}"
        let call = Call(path: Call.path("projections", projection.name, "rebuild"), body: body)
        let text = try await session.text(call, at: worker)
        if global.json { try Terminal.print(text) }
        guard wait else {
            if !global.json { try Terminal.print("\(projection.name): the next generation is being built") }
            return
        }
        while true {
            guard let status = try await projection.status(at: worker, session) else {
                throw ClientError.unexpectedAnswer(
                    from: worker.title, reason: "it does not keep \(projection.name) any more")
            }
            // A build of another version is another worker's, and may never end here.
            let build = status.generations?.last { $0.role == "building" && $0.version == status.version }
            if build == nil && status.generation == before {
                Terminal.complain("the build was given up")
                throw ExitCode(ExitStatus.conflict.rawValue)
            }
            if let refusal = build?.refusal {
                Terminal.complain(refusal)
                throw ExitCode(ExitStatus.conflict.rawValue)
            }
            if status.generation != before || (hold && build?.lag == 0 && build?.isFed == true) {
                try progress(1, "generation \(build?.number ?? status.generation ?? 0)", isLast: true)
                return
            }
            if let build, let done = build.done, let total = build.total, total > 0 {
                let left = build.secondsLeft.map { "\(whole($0.rounded(.up))) s left" } ?? ""
                let rate = build.eventsPerSecond.map { "\(whole($0))/s" } ?? ""
                try progress(
                    Double(done) / Double(total), "\(done) of \(total) events  \(rate)  \(left)", isLast: false)
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private func explain(at worker: Endpoint, _ session: HTTPSession) async throws {
        let text = try await session.text(Call(path: Call.path("projections", projection.name, "rebuild")), at: worker)
        if global.json { return try Terminal.print(text) }
        let estimate = try RebuildEstimate.read(text, from: worker)
        try Terminal.print(
            """
            \(projection.name): \(estimate.events) events
              time  at most \(whole(estimate.seconds.rounded(.up))) s: \(estimate.sample) of them were read and posted at \
            \(whole(estimate.eventsPerSecond)) a second; a build reads ahead
              disk  about \(estimate.bytes >> 20) MiB, of \(estimate.freeBytes >> 20) MiB that are free
            """)
    }

    private func progress(_ part: Double, _ text: String, isLast: Bool) throws {
        if global.json { return }
        try Terminal.overwrite("\(projection.name)  \(bar(part))  \(printable(text))", isLast: isLast)
    }
}

/// A number without its fraction. One that is too large for an integer is shown in its short form.
func whole(_ number: Double) -> String {
    Int(exactly: number.rounded(.towardZero)).map(String.init) ?? "\(number)"
}

/// How much of something is done, as a bar.
func bar(_ part: Double) -> String {
    let width = 30
    let full = Int((min(1, max(0, part)) * Double(width)).rounded(.down))
    return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
}

/// What a worker says that a rebuild would take.
private struct RebuildEstimate: Decodable {
    let events: Int
    let sample: Int
    let eventsPerSecond: Double
    let seconds: Double
    let bytes: Int
    let freeBytes: Int
}

/// `daybook projections promote`
struct ProjectionsPromoteCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Lets a build that is held, or was refused, serve once it has caught up.")
    static let operation = "promote"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions
}

/// `daybook projections cancel`
struct ProjectionsCancelCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Gives up a build and removes what there is of it.")
    static let operation = "cancel"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions
}

/// `daybook projections rollback`
struct ProjectionsRollbackCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Lets the generation serve that did before.",
        discussion: "It is refused where a source has another log now than the one that the generation was made from.")
    static let operation = "rollback"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Option(
        help: ArgumentHelp(
            "Let this generation serve although its source has another log now.", valueName: "generation"))
    var force: Int?

    var body: String { force.map { "{\"force\":\($0)}" } ?? "{}" }
}

/// `daybook projections drop`
struct ProjectionsDropCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Removes generations that have served before, builds of other versions, and damaged files.")
    static let operation = "drop"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions
}

/// `daybook projections pause`
struct ProjectionsPauseCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stops posting until it is resumed, also after a restart.")
    static let operation = "pause"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions
}

/// `daybook projections resume`
struct ProjectionsResumeCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Goes on posting; events that could not be posted are tried anew.")
    static let operation = "resume"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions
}

/// `daybook projections reset`
struct ProjectionsResetCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Removes all generations and builds the first one anew; lets a stopped reaction go on.",
        discussion: """
            Until the first generation is built, queries are refused. A reaction that has stopped takes the present log \
            of its source for the right one, and goes on in it where it stopped.
            """)
    static let operation = "reset"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions
}
