/// The state of all that a daemon needs.
public struct ReadinessResponse: APIDocument, Equatable {
    /// The states of a daemon.
    public enum Status: String, Codable, Sendable {
        case ready
        case notReady = "not-ready"
    }

    public var status: Status
    /// The things that it needs, by name.
    public var checks: [String: ReadinessCheck]

    /// A report of these things: not ready unless each of them is.
    public init(checks: [String: ReadinessCheck]) {
        status = checks.values.allSatisfy(\.ready) ? .ready : .notReady
        self.checks = checks
    }

    public static let example = ReadinessResponse(checks: ["store": .example])
}
