import ArgumentParser
import DaybookAPI
import DaybookClient

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

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let worker = try await projection.worker(daemons, session)
        let client = worker.projection(projection.name)
        if explain { return try await showEstimate(client) }
        let before = try await projection.report(at: worker)?.generation
        let response = try await client.rebuild(RebuildRequest(hold: hold, requireEqual: requireEqual))
        if global.json { try Terminal.print(response.text) }
        if wait { return try await waitForBuild(at: worker, serving: before) }
        if !global.json { try Terminal.print("\(projection.name): the next generation is being built") }
    }

    /// Waits until another generation serves than before, or could.
    ///
    /// - Throws: `ExitCode` when the build is refused or given up, after a complaint.
    private func waitForBuild(at worker: WorkerClient, serving before: Int?) async throws {
        while true {
            guard let report = try await projection.report(at: worker) else {
                throw DaybookClientError.unexpectedResponse(
                    daemon: "\(worker.endpoint)", reason: "it does not keep \(projection.name) any more")
            }
            // A build of another version is another worker's, and may never end here.
            let build = report.generations.last { $0.role == .building && $0.version == report.version }
            if build == nil && report.generation == before { throw failure("the build was given up") }
            if let refusal = build?.refusal { throw failure(refusal) }
            if report.generation != before || (hold && build?.lag == 0 && build?.isFed == true) {
                return try progress(1, "generation \(build?.number ?? report.generation ?? 0)", isLast: true)
            }
            if let build { try show(build) }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private func failure(_ reason: String) -> ExitCode {
        Terminal.complain(printable(reason))
        return ExitCode(ExitStatus.conflict.rawValue)
    }

    private func showEstimate(_ client: ProjectionClient) async throws {
        let response = try await client.estimateRebuild()
        if global.json { return try Terminal.print(response.text) }
        let estimate = response.document
        try Terminal.print(
            """
            \(projection.name): \(estimate.events) events
              time  at most \(whole(estimate.seconds.rounded(.up))) s: \(estimate.sample) of them were read and posted at \
            \(whole(estimate.eventsPerSecond)) a second; a build reads ahead
              disk  about \(estimate.bytes >> 20) MiB, of \(estimate.freeBytes >> 20) MiB that are free
            """)
    }

    private func show(_ build: GenerationReport) throws {
        guard build.total > 0 else { return }
        let left = build.secondsLeft.map { "\(whole($0.rounded(.up))) s left" } ?? ""
        let rate = build.eventsPerSecond.map { "\(whole($0))/s" } ?? ""
        let text = "\(build.done) of \(build.total) events  \(rate)  \(left)"
        try progress(Double(build.done) / Double(build.total), text, isLast: false)
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

/// A bar that shows how much of something is done.
func bar(_ part: Double) -> String {
    let width = 30
    let full = Int((min(1, max(0, part)) * Double(width)).rounded(.down))
    return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
}
