/// The worker to which a lane belongs, as far as this one knows. Pure.
struct LaneOwnership: Sendable {
    /// `true` while another worker applies the lane: then this one waits for a message, or for that one to stall.
    private(set) var isStandby = false
    /// `true` once history has confirmed a checkpoint since this process began.
    private var wasVerified = false
    /// The place where the lane was left to another worker last.
    private var leftAt: Offset?

    /// `true` while history has still to say that what was applied is of its log. What another worker has applied since
    /// is not doubted: that one has asked.
    var isDoubted: Bool { !isStandby && !wasVerified }

    mutating func verified() { wasVerified = true }

    /// Takes the lane back, to see itself what is missing.
    mutating func watch() { isStandby = false }

    mutating func standBy() {
        isStandby = true
        leftAt = nil
    }

    /// `true` where the lane was not left to another worker yet. It is left once at each checkpoint, so that what that one
    /// does not see to is fetched all the same.
    func canBeLeft(at offset: Offset) -> Bool { leftAt != offset }

    /// Leaves the lane to another worker.
    mutating func leave(at offset: Offset) {
        isStandby = true
        leftAt = offset
    }

    /// Begins at another checkpoint of the same log.
    mutating func begin() {
        isStandby = false
        leftAt = nil
    }

    /// Begins again after a stop: the log may be another one now.
    mutating func restart() { self = LaneOwnership() }
}
