/// The progress of a generation or a reaction, and whether it is rid of what was forgotten up to there: both as one
/// look has seen them.
public struct ReadModelProgress: Sendable, Hashable {
    /// The last event that was posted, or reacted to, in each lane.
    public let checkpoints: [Lane: Checkpoint]
    /// `true` while it may still have something of what was forgotten: it could not be erased yet, or the event that
    /// says so is parked.
    public let hasPendingErasure: Bool

    /// The progress of what has posted nothing yet, unless it is said otherwise.
    public init(checkpoints: [Lane: Checkpoint] = [:], hasPendingErasure: Bool = false) {
        self.checkpoints = checkpoints
        self.hasPendingErasure = hasPendingErasure
    }

    /// The number of events of these writers that are posted, or reacted to.
    public func posted(of sources: [Source]) -> Int64 {
        checkpoints.filter { sources.contains($0.key.source) }.map(\.value.offset.rawValue).cappedSum
    }
}
