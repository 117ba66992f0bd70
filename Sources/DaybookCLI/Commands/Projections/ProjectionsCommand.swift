import ArgumentParser

/// `daybook projections`
struct ProjectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "Shows how far projections are, and operates them.",
        subcommands: [
            ProjectionsListCommand.self, ProjectionsStatusCommand.self, ProjectionsRebuildCommand.self,
            ProjectionsPromoteCommand.self,
            ProjectionsCancelCommand.self, ProjectionsRollbackCommand.self, ProjectionsDropCommand.self,
            ProjectionsPauseCommand.self, ProjectionsResumeCommand.self, ProjectionsResetCommand.self,
            ProjectionsCompareCommand.self, ProjectionsQueryCommand.self,
        ])
}

/// `daybook projections list`
struct ProjectionsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the projections and reactions of the workers, a line each.")

    @OptionGroup var global: GlobalOptions

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let answers = await WorkerAnswer.ask(daemons.workers, session)
        if global.json {
            for text in answers.compactMap(\.text) { try Terminal.print(text) }
        } else {
            var table = Table([
                .init(title: "NAME"), .init(title: "WORKER"), .init(title: "GENERATION", isNumber: true),
                .init(title: "LAG", isNumber: true), .init(title: "PARKED", isNumber: true), .init(title: "STATE"),
            ])
            try table.print(answers.flatMap { answer in answer.projections.map { $0.line(answer.worker) } })
        }
        try WorkerAnswer.complain(of: answers)
    }
}

/// `daybook projections status`
struct ProjectionsStatusCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows how far each projection of the workers is.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Look again every second, until Ctrl-C.")
    var watch = false

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        while true {
            let answers = await WorkerAnswer.ask(daemons.workers, session)
            if watch && !global.json { try Terminal.clear() }
            try show(answers)
            guard watch else { return try WorkerAnswer.complain(of: answers) }
            for error in answers.compactMap(\.error) { Terminal.complain("\(error)") }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func show(_ answers: [WorkerAnswer]) throws {
        if global.json {
            for text in answers.compactMap(\.text) { try Terminal.print(text) }
            return
        }
        let projections = answers.flatMap(\.projections)
        if projections.isEmpty { return }
        var table = Table(ProjectionStatus.columns)
        try table.print(projections.flatMap(\.rows))
        try Terminal.print("")
        for projection in projections {
            try Terminal.print(printable(projection.summary))
            for line in projection.generationLines { try Terminal.print(printable(line)) }
        }
    }
}

/// The projections of a worker, or the reason why it does not say.
private struct WorkerAnswer {
    let worker: String
    var text: String?
    var projections: [ProjectionStatus] = []
    var error: (any Error)?

    /// Asks all workers: one that is away must not hide the others.
    static func ask(_ workers: [Endpoint], _ session: HTTPSession) async -> [WorkerAnswer] {
        var answers: [WorkerAnswer] = []
        for worker in workers {
            do {
                let text = try await session.text(Call(path: "/v1/projections"), at: worker)
                let report = try ProjectionReport.read(text, from: worker)
                answers.append(WorkerAnswer(worker: worker.name, text: text, projections: report.projections))
            } catch {
                answers.append(WorkerAnswer(worker: worker.name, error: error))
            }
        }
        return answers
    }

    /// Complains of the workers that did not answer, after what the others did.
    ///
    /// - Throws: The first error, which is complained about where it is caught.
    static func complain(of answers: [WorkerAnswer]) throws {
        let errors = answers.compactMap(\.error)
        for error in errors.dropFirst() { Terminal.complain("\(error)") }
        if let first = errors.first { throw first }
    }
}

extension ProjectionStatus {
    fileprivate static let columns: [Table.Column] = [
        .init(title: "PROJECTION"), .init(title: "LANE"), .init(title: "CHECKPOINT", isNumber: true),
        .init(title: "HEAD", isNumber: true), .init(title: "LAG", isNumber: true),
        .init(title: "LAG S", isNumber: true), .init(title: "STATE"),
    ]

    fileprivate var rows: [[String]] {
        (lanes ?? []).map { lane in
            let name = lane.source + (lane.partition.map { "/\($0.index)" } ?? "")
            let state = [lane.state ?? "-", lane.problem].compactMap(\.self).joined(separator: ": ")
            return [
                projection, name, text(lane.checkpoint), text(lane.head), text(lane.lag), seconds(lane.lagSeconds),
                state,
            ]
        }
    }

    fileprivate func line(_ worker: String) -> [String] {
        let unfit = (lanes ?? []).compactMap(\.state).first { $0 != "live" && $0 != "standby" }
        let state =
            problem
            ?? (isStandby == true
                ? "standby" : isPaused == true ? "paused" : isConnected == false ? "not connected" : unfit ?? "live")
        return [projection, worker, text(generation), text(lag), text(parked), printable(state)]
    }

    fileprivate var summary: String {
        let count = lanes?.count ?? 0
        let connection = isConnected.map { $0 ? "connected" : "not connected" }
        let facts = [
            connection, "\(count) \(count == 1 ? "lane" : "lanes")", "lag \(text(lag))",
            "\(seconds(lagSeconds)) s behind",
            eventsPerSecond.map { "\(whole($0.rounded()))/s" },
            isPaused == true ? "paused" : nil, waiting(for: waitsFor), parkedText,
            unreadable.flatMap { $0 > 0 ? "\($0) unreadable" : nil },
            unreadableDropped.flatMap { $0 > 0 ? "\($0) unreadable dropped" : nil }, problem.map { "problem: \($0)" },
        ]
        return "\(projection): " + facts.compactMap(\.self).joined(separator: ", ")
    }

    /// A worker does not say how many are parked where it cannot read the file, or nothing serves yet.
    private var parkedText: String? {
        guard let parked else { return "parked unknown" }
        return parked > 0 ? "\(parked) parked" : nil
    }

    /// A line for each generation.
    fileprivate var generationLines: [String] {
        (generations ?? []).map { generation in
            let name = "  generation \(generation.number): "
            if generation.version == nil { return "\(name)\(generation.role), \(generation.problem ?? "")" }
            var facts = [generation.role, "version \(text(generation.version))"]
            if generation.role == "building" {
                facts.append("\(text(generation.done)) of \(text(generation.total)) events")
                if let rate = generation.eventsPerSecond { facts.append("\(whole(rate))/s") }
                if let left = generation.secondsLeft { facts.append("\(seconds(left)) s left") }
            } else {
                facts.append("lag \(text(generation.lag))")
            }
            if let waiting = waiting(for: generation.waitsFor) { facts.append(waiting) }
            if generation.isHeld == true { facts.append("held") }
            if generation.isFed == false { facts.append("not fed here") }
            if generation.hasRemains == true { facts.append("may have something of what was forgotten") }
            if let problem = generation.problem { facts.append("problem: \(problem)") }
            if let refusal = generation.refusal { facts.append("refused: \(refusal)") }
            return name + facts.joined(separator: ", ")
        }
    }

    private func waiting(for sources: [String]?) -> String? {
        guard let sources, !sources.isEmpty else { return nil }
        return "waits for \(sources.joined(separator: ", "))"
    }

    private func text(_ number: Int?) -> String {
        number.map(String.init) ?? "-"
    }

    /// Seconds to a tenth. By hand, as formatting by locale is a lot of machinery for a tool.
    private func seconds(_ value: Double?) -> String {
        value.map { "\(($0 * 10).rounded() / 10)" } ?? "-"
    }
}
