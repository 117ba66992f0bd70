/// The answer of a process that runs.
public struct LivenessResponse: APIDocument, Equatable {
    /// The one state that a process can tell.
    public enum Status: String, Codable, Sendable { case live }

    public var status: Status

    public init(status: Status = .live) { self.status = status }

    public static let example = LivenessResponse()
}
