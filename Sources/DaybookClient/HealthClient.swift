public import DaybookAPI

/// The HTTP interface that every daemon has for whoever watches over it.
///
/// Every call throws ``DaybookClientError``, or `CancellationError` when its task is cancelled.
public struct HealthClient: Sendable {
    let connection: DaemonConnection

    /// A client of the daemon at an endpoint.
    public init(at endpoint: DaemonEndpoint, over session: DaemonSession) {
        connection = DaemonConnection(endpoint: endpoint, session: session)
    }

    /// The daemon that is asked.
    public var endpoint: DaemonEndpoint { connection.endpoint }

    /// The answer of a process that runs. It needs no token.
    public func liveness() async throws -> Received<LivenessResponse> {
        try await connection.document(DaemonRequest(HealthAPI.liveness))
    }

    /// The state of all that the daemon needs, also when something is missing. It needs no token.
    public func readiness() async throws -> Received<ReadinessResponse> {
        try await connection.document(DaemonRequest(HealthAPI.readiness), alsoWith: .serviceUnavailable)
    }

    /// The metrics in the text format of Prometheus.
    public func metrics() async throws -> String {
        try await connection.text(DaemonRequest(HealthAPI.metrics, accept: .text))
    }
}
