import Daybook
public import DaybookAPI
import NIOHTTP1

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
        try await post(["rebuild"], body: JSON.encode(conditions))
    }

    /// The time and the room that a rebuild would take. Begins none.
    public func estimateRebuild() async throws -> Received<RebuildEstimate> { try await get(["rebuild"]) }

    /// Lets a build that is held, or was refused, serve once it has caught up.
    public func promote() async throws -> Received<ProjectionReport> { try await post(["promote"]) }

    /// Gives up a build and removes what there is of it.
    public func cancel() async throws -> Received<ProjectionReport> { try await post(["cancel"]) }

    /// Lets the generation serve that did before.
    ///
    /// - Returns: The report once it serves.
    public func rollBack(
        _ conditions: RollbackRequest = RollbackRequest()
    ) async throws -> Received<ProjectionReport> {
        try await post(["rollback"], body: JSON.encode(conditions))
    }

    /// Removes generations that have served before, builds of other versions, and damaged files.
    public func drop() async throws -> Received<ProjectionReport> { try await post(["drop"]) }

    /// Removes all generations and builds the first one again. A reaction that has stopped goes on in the present logs.
    public func reset() async throws -> Received<ProjectionReport> { try await post(["reset"]) }

    // MARK: Posting

    /// Stops posting or reacting until it is resumed, also after a restart.
    public func pause() async throws -> Received<ProjectionReport> { try await post(["pause"]) }

    /// Goes on posting or reacting.
    public func resume() async throws -> Received<ProjectionReport> { try await post(["resume"]) }

    // MARK: Comparing

    /// Begins to compare the rows that serve with those of a replay.
    ///
    /// - Returns: The comparison that runs.
    public func beginComparison() async throws -> Received<ComparisonResponse> { try await post(["compare"]) }

    /// The progress of the last comparison, and the differences once it is done.
    ///
    /// - Throws: ``DaybookClientError/problem(_:retryAfter:)`` with 404 `not-compared` when there was none since the
    ///   worker began.
    public func comparison() async throws -> Received<ComparisonResponse> { try await get(["compare"]) }

    // MARK: Requests

    /// The path of something under the projection's name.
    func path(_ names: [String]) -> [String] { ["projections", name] + names }

    func get<Document: Decodable & Sendable>(_ names: [String]) async throws -> Received<Document> {
        try await connection.document(DaemonRequest(path: path(names)))
    }

    /// - Parameter body: A JSON object.
    func post<Document: Decodable & Sendable>(
        _ names: [String], body: [UInt8] = Array("{}".utf8)
    ) async throws -> Received<Document> {
        try await connection.document(DaemonRequest(.POST, path: path(names), body: body))
    }
}
