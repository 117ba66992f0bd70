import ArgumentParser

/// Which projection a command is about.
struct ProjectionOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The projection's name.", valueName: "projection"))
    var name: String

    /// The worker that keeps it.
    ///
    /// - Throws: `ClientError` when none of them answers, `ValidationError` when none of them keeps it.
    func worker(_ daemons: Daemons, _ session: HTTPSession) async throws -> Endpoint {
        var failure: (any Error)?
        var standby: Endpoint?
        for worker in daemons.workers {
            do {
                guard let status = try await status(at: worker, session) else { continue }
                // One that only stands by can do little.
                if status.isStandby != true { return worker }
                standby = standby ?? worker
            } catch {
                failure = failure ?? error
            }
        }
        if let standby { return standby }
        throw failure ?? ValidationError("no worker keeps a projection named \(name)")
    }

    func status(at worker: Endpoint, _ session: HTTPSession) async throws -> ProjectionStatus? {
        let text = try await session.text(Call(path: "/v1/projections"), at: worker)
        return try ProjectionReport.read(text, from: worker).projections.first { $0.projection == name }
    }
}

/// A command about one projection.
protocol ProjectionCommand: ClientCommand {
    var projection: ProjectionOptions { get }

    /// Does what the command is for.
    func run(at worker: ProjectionWorker) async throws
}

extension ProjectionCommand {
    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let endpoint = try await projection.worker(daemons, session)
        try await run(at: ProjectionWorker(projection: projection.name, endpoint: endpoint, session: session))
    }
}

/// The worker that keeps a projection, as the commands about the projection talk to it.
struct ProjectionWorker {
    let projection: String
    let endpoint: Endpoint
    let session: HTTPSession

    /// Reads what is under the projection's path; `query` is percent-encoded.
    func get(_ segments: [String], query: [String] = []) async throws -> String {
        let parameters = query.isEmpty ? "" : "?" + query.joined(separator: "&")
        return try await session.text(Call(path: path(segments) + parameters), at: endpoint)
    }

    /// Asks for what is under the projection's path to be done; `body` is JSON.
    func post(_ segments: [String], body: String = "{}") async throws -> String {
        try await session.text(Call(path: path(segments), body: body), at: endpoint)
    }

    private func path(_ segments: [String]) -> String {
        segments.reduce(Call.path("projections", projection)) { "\($0)/\(Call.encoded($1))" }
    }
}
