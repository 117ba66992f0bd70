import Daybook

/// The types of events of which the last few could not be posted, most likely because of one mistake in the projection.
/// Further ones are parked at their first failure: otherwise each would hold up its lane for all its attempts.
struct FailingTypes: Sendable {
    /// The number of events of a type that are parked after all their attempts, one after the other.
    private static let limit = 3

    private var parked: [String: Int] = [:]

    /// An event was parked after its last attempt.
    mutating func park(_ type: String) { parked[type, default: 0] += 1 }

    /// An event could be posted.
    mutating func clear(_ type: String) { if !parked.isEmpty { parked[type] = nil } }

    func contains(_ type: String) -> Bool { !parked.isEmpty && parked[type, default: 0] >= Self.limit }
}

/// What a transaction knows and finds out while it posts.
struct PostingProgress: Sendable {
    let excluded: ExcludedEvents
    var failing: FailingTypes
    /// `true` when anything is parked, of whatever stream.
    var hasParked: Bool
    /// What was parked at its first failure.
    var parked: [EventFailure] = []
}
