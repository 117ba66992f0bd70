import Daybook
public import DaybookAPI

/// A projection or a reaction of a worker, as operators deal with it over HTTP.
///
/// Operations that only a projection has are refused for a reaction, with the code `is-a-reaction`. What an operator
/// asks for is written down before it is answered. Every call throws ``DaybookClientError``, or `CancellationError`.
public struct ProjectionClient: Sendable {
    /// The name of the projection or the reaction.
    public let name: String
    let connection: DaemonConnection

    // MARK: Generations

    /// Begins the next generation beside the one that serves. It goes on after any crash.
    ///
    /// - Returns: The report as it is then.
    public func rebuild(
        _ conditions: RebuildRequest = RebuildRequest()
    ) async throws -> Received<ProjectionReport> {
        try await call(WorkerAPI.rebuild, body: JSON.encode(conditions))
    }

    /// The time and the room that a rebuild would take. Begins none.
    public func estimateRebuild() async throws -> Received<RebuildEstimate> {
        try await call(WorkerAPI.rebuildEstimate)
    }

    /// Lets a build that is held, or was refused, serve once it has caught up.
    public func promote() async throws -> Received<ProjectionReport> { try await call(WorkerAPI.promote) }

    /// Gives up a build and removes what there is of it.
    public func cancel() async throws -> Received<ProjectionReport> { try await call(WorkerAPI.cancel) }

    /// Lets the generation serve that did before.
    ///
    /// - Returns: The report once it serves.
    public func rollBack(
        _ conditions: RollbackRequest = RollbackRequest()
    ) async throws -> Received<ProjectionReport> {
        try await call(WorkerAPI.rollback, body: JSON.encode(conditions))
    }

    /// Removes generations that have served before, builds of other versions, and damaged files.
    public func drop() async throws -> Received<ProjectionReport> { try await call(WorkerAPI.drop) }

    /// Removes all generations and builds the first one again. A reaction that has stopped goes on in the present logs.
    public func reset() async throws -> Received<ProjectionReport> { try await call(WorkerAPI.reset) }

    // MARK: Posting

    /// Stops posting or reacting until it is resumed, also after a restart.
    public func pause() async throws -> Received<ProjectionReport> { try await call(WorkerAPI.pause) }

    /// Goes on posting or reacting.
    public func resume() async throws -> Received<ProjectionReport> { try await call(WorkerAPI.resume) }

    // MARK: Comparing

    /// Begins to compare the rows that serve with those of a replay.
    ///
    /// - Returns: The comparison that runs.
    public func beginComparison() async throws -> Received<ComparisonResponse> {
        try await call(WorkerAPI.beginComparison)
    }

    /// The progress of the last comparison, and the differences once it is done.
    ///
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with 404 `not-compared` when there was none since the
    ///   worker began.
    public func comparison() async throws -> Received<ComparisonResponse> { try await call(WorkerAPI.comparison) }

    // MARK: Requests

    /// Asks for an operation on the projection.
    ///
    /// - Parameters:
    ///   - names: The values of further parameters in its path.
    ///   - body: A JSON object; `nil` for an empty one.
    func call<Document: Decodable & Sendable>(
        _ operation: DaybookAPI.Operation, names: [String: String] = [:], body: [UInt8]? = nil
    ) async throws -> Received<Document> {
        let names = names.merging(["name": name]) { $1 }
        let body = try operation.method == .post ? body ?? JSON.encode(NoMembers()) : nil
        return try await connection.document(DaemonRequest(operation, names: names, body: body))
    }
}
