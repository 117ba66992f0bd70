/// The outcome of the parked events of a stream.
public struct ParkedOutcome: Sendable, Equatable {
    /// The stream that they are of.
    public var stream: String
    /// The number of them that are posted now.
    public var posted: Int
    /// The reason why the next one still cannot be.
    public var reason: String?

    public init(stream: String, posted: Int, reason: String? = nil) {
        self.stream = stream
        self.posted = posted
        self.reason = reason
    }

    /// `true` when nothing of the stream was parked: what is parked is posted, or there is a reason why not.
    public var isOfNothing: Bool { posted == 0 && reason == nil }
}
