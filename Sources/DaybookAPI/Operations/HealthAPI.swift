/// The operations of every daemon, for whoever watches over it.
public enum HealthAPI {
    /// All of them.
    public static let operations = [liveness, readiness, metrics]

    public static let liveness = Operation(
        server: .both, method: .get, path: "/health/live", summary: "Answers while the process does.",
        responses: [200: OperationResponse("The process answers.", with: LivenessResponse.self)])

    public static let readiness = Operation(
        server: .both, method: .get, path: "/health/ready", summary: "The state of all that the daemon needs.",
        responses: [
            200: OperationResponse("All of it is there.", with: ReadinessResponse.self),
            503: OperationResponse("Something is missing.", with: ReadinessResponse.self),
        ])

    public static let metrics = Operation(
        server: .both, method: .get, path: "/metrics", summary: "Metrics in the text format of Prometheus.",
        responses: [200: OperationResponse("Metrics.", contents: [.text])])
}
