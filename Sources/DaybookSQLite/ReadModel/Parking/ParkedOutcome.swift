/// What became of the parked events of a stream.
public struct ParkedOutcome: Sendable, Equatable {
    /// Which stream they are of.
    public var stream: String
    /// How many of them are posted now.
    public var posted: Int
    /// Why the next one still cannot be.
    public var reason: String?

    /// `true` when nothing of the stream was parked: what is parked is posted, or there is a reason why not.
    var isOfNothing: Bool { posted == 0 && reason == nil }
}
