/// Waits that double from one attempt to the next, each shortened at random by up to half, so that many clients of a
/// broker that returns do not come at the same moment.
public struct Backoff: Sendable {
    public var shortest: Duration
    public var longest: Duration
    private var failures = 0

    public init(shortest: Duration = .milliseconds(200), longest: Duration = .seconds(10)) {
        self.shortest = shortest
        self.longest = longest
    }

    /// The wait before the next attempt.
    public mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let full = min(shortest * (1 << min(failures, 20)), longest)
        failures += 1
        // Whole milliseconds: it is logged, and a duration shows all of its eighteen digits.
        return .milliseconds(Int64(full / .milliseconds(1) * Double.random(in: 0.5...1, using: &generator)))
    }

    /// Call after a success: the next wait is short again.
    public mutating func reset() { failures = 0 }
}
