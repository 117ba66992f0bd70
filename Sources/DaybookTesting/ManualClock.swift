public import Daybook
import Synchronization

/// A clock that stands still until a test moves it. Hand its ``now()`` to a `Repository` or a store:
///
/// ```swift
/// let clock = ManualClock()
/// let users = Repository<User>(store: InMemoryStore(now: clock.now), now: clock.now)
/// clock.advance(by: .seconds(60))
/// ```
public final class ManualClock: Sendable {
    /// The place where a clock begins that is not told otherwise: 2026-01-01T00:00:00Z.
    public static let start = Timestamp(microseconds: 1_767_225_600_000_000)

    private let time: Mutex<Timestamp>

    public init(_ time: Timestamp = ManualClock.start) { self.time = Mutex(time) }

    /// The time that it shows.
    public func now() -> Timestamp { time.withLock { $0 } }

    /// Moves it, back too when the duration is negative.
    public func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }

    /// Moves it to a time.
    public func set(_ time: Timestamp) { self.time.withLock { $0 = time } }
}

extension Timestamp {
    /// The time after a duration, in whole microseconds.
    func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(microseconds: microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
