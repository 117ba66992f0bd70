import Synchronization

/// The number of events that a second were posted between two looks.
final class PostingRate: Sendable {
    private struct Look {
        var at: ContinuousClock.Instant
        var posted: Int64
        var rate: Double
    }

    private let last = Mutex<Look?>(nil)

    /// Looks now.
    ///
    /// - Parameter posted: How many are posted in all.
    /// - Returns: The events a second since the look before; 0 at the first one, and after a change of what is counted.
    func look(_ posted: Int64) -> Double {
        last.withLock { last in
            let now = ContinuousClock.now
            guard let before = last else {
                last = Look(at: now, posted: posted, rate: 0)
                return 0
            }
            let seconds = (now - before.at) / .seconds(1)
            // Several may look at once: they see the same.
            guard seconds >= 0.5 else { return before.rate }
            let rate = Double(max(0, posted - before.posted)) / seconds
            last = Look(at: now, posted: posted, rate: rate)
            return rate
        }
    }
}
