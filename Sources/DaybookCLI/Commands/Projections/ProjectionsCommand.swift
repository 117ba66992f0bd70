import ArgumentParser
import DaybookAPI
import DaybookClient

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

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let answers = await WorkerAnswer.ask(daemons.workers, session)
        if global.json {
            for text in answers.compactMap(\.text) { try Terminal.print(text) }
        } else {
            var table = Table([
                .init(title: "NAME"), .init(title: "WORKER"), .init(title: "GENERATION", isNumber: true),
                .init(title: "LAG", isNumber: true), .init(title: "PARKED", isNumber: true), .init(title: "STATE"),
            ])
            try table.print(answers.flatMap { answer in answer.projections.map { $0.row(at: answer.worker) } })
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

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        while true {
            let answers = await WorkerAnswer.ask(daemons.workers, session)
            if watch && !global.json { try Terminal.clear() }
            try show(answers)
            guard watch else { return try WorkerAnswer.complain(of: answers) }
            for error in answers.compactMap(\.error) { Terminal.complain(printable("\(error)")) }
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
        var table = Table(ProjectionReport.columns)
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
    var projections: [ProjectionReport] = []
    var error: (any Error)?

    /// Asks all workers: one that is away must not hide the others.
    static func ask(_ workers: [DaemonEndpoint], _ session: DaemonSession) async -> [WorkerAnswer] {
        var answers: [WorkerAnswer] = []
        for worker in workers {
            do {
                let response = try await WorkerClient(at: worker, over: session).projections()
                let projections = response.document.projections
                answers.append(WorkerAnswer(worker: worker.name, text: response.text, projections: projections))
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
        for error in errors.dropFirst() { Terminal.complain(printable("\(error)")) }
        if let first = errors.first { throw first }
    }
}
