/// What a projection does with an event that it cannot post.
public struct FailurePolicy: Sendable, Hashable {
    /// What is done when all attempts have failed.
    public enum LastResort: String, Sendable {
        /// The event is set aside, and later ones of its stream behind it; everything else goes on.
        case park
        /// The projection pauses until it is resumed.
        case pause
    }

    /// The number of times that it is tried again.
    public var retries: Int
    /// The longest wait between two attempts. They begin with a tenth of a second and double.
    public var longestWait: Duration
    /// What is done after the last attempt.
    public var lastResort: LastResort

    /// Three more attempts within a second, and then parking, unless it is said otherwise.
    public init(retries: Int = 3, longestWait: Duration = .seconds(5), lastResort: LastResort = .park) {
        self.retries = retries
        self.longestWait = longestWait
        self.lastResort = lastResort
    }

    /// The wait after so many attempts.
    public func wait(after attempts: Int) -> Duration {
        .backoff(from: .milliseconds(100), after: attempts, upTo: longestWait)
    }
}

/// The events of a projection's lanes that could not be posted yet: one a lane, as a lane is posted in order. Pure.
struct FailureState: Sendable {
    struct Failure: Sendable {
        let offset: Offset
        var attempts = 1
        var reason: String
        var isWaiting = true
        var isExhausted = false
    }

    enum Verdict: Sendable, Equatable {
        /// Call ``waited(_:)`` after this time.
        case tryAgain(after: Duration)
        case park
        case pause
    }

    let policy: FailurePolicy
    private(set) var failures: [Int: Failure] = [:]

    init(policy: FailurePolicy) { self.policy = policy }

    /// - Parameter isFinal: Whether it is no use to try again.
    mutating func failed(_ lane: Int, at offset: Offset, reason: String, isFinal: Bool = false) -> Verdict {
        var failure = Failure(offset: offset, reason: reason)
        if let earlier = failures[lane], earlier.offset == offset { failure.attempts = earlier.attempts + 1 }
        failure.isExhausted = isFinal || failure.attempts > policy.retries
        failure.isWaiting = !failure.isExhausted || policy.lastResort == .pause
        failures[lane] = failure
        guard failure.isExhausted else { return .tryAgain(after: policy.wait(after: failure.attempts)) }
        return policy.lastResort == .park ? .park : .pause
    }

    /// The wait is over.
    mutating func waited(_ lane: Int) { failures[lane]?.isWaiting = false }

    /// An operator wants everything to be tried anew.
    mutating func forgive() { failures = [:] }

    /// The lane was posted up to an offset.
    mutating func posted(_ lane: Int, upTo offset: Offset) {
        if let failure = failures[lane], failure.offset <= offset { failures[lane] = nil }
    }

    /// What of a lane may be posted now: everything before an event that waits. One whose attempts are used up is to
    /// be parked, and ends its transaction: another one behind it has attempts of its own.
    func admit(_ posting: Posting, of lane: Int, shortened: (Int) -> Posting?) -> Posting? {
        guard let failure = failures[lane],
            let place = posting.entries.firstIndex(where: { $0.log.offset == failure.offset })
        else { return posting }
        if failure.isWaiting { return shortened(place) }
        guard failure.isExhausted else { return posting }
        var parking = shortened(place + 1)
        parking?.parks[failure.offset] = failure.reason
        return parking
    }
}
