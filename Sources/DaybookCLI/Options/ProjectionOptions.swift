import ArgumentParser
import DaybookAPI
import DaybookClient

/// The projection that a command is about.
struct ProjectionOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The projection's name.", valueName: "projection"))
    var name: String

    /// The worker that keeps the projection.
    ///
    /// - Throws: `DaybookClientError` when none of them answers, `ValidationError` when none of them keeps it.
    func worker(_ daemons: Daemons, _ session: DaemonSession) async throws -> WorkerClient {
        var failure: (any Error)?
        var standby: WorkerClient?
        for endpoint in daemons.workers {
            let worker = WorkerClient(at: endpoint, over: session)
            do {
                guard let report = try await report(at: worker) else { continue }
                // One that only stands by can do little.
                if !report.isStandby { return worker }
                standby = standby ?? worker
            } catch {
                failure = failure ?? error
            }
        }
        if let standby { return standby }
        throw failure ?? ValidationError("no worker keeps a projection named \(name)")
    }

    /// The report of a worker on the projection; `nil` when it does not keep it.
    func report(at worker: WorkerClient) async throws -> ProjectionReport? {
        try await worker.projections().document.projections.first { $0.projection == name }
    }
}

/// A command about one projection.
protocol ProjectionCommand: ClientCommand {
    var projection: ProjectionOptions { get }

    /// Does what the command is for, at the worker that keeps the projection.
    func run(with client: ProjectionClient) async throws
}

extension ProjectionCommand {
    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let worker = try await projection.worker(daemons, session)
        try await run(with: worker.projection(projection.name))
    }
}
