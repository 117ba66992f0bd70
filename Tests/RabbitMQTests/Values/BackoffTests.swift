import Testing

@testable import RabbitMQ

/// A generator that gives the same number for ever.
private struct SameNumber: RandomNumberGenerator {
    let number: UInt64

    mutating func next() -> UInt64 { number }

    /// The greatest number, by which nothing is taken off a wait.
    static let greatest = SameNumber(number: .max)
    /// The least number, by which half of a wait is taken off.
    static let least = SameNumber(number: 1)
}

@Suite struct `A back-off` {
    private func waits(of backoff: inout Backoff, count: Int, by generator: SameNumber = .greatest) -> [Duration] {
        var generator = generator
        return (0..<count).map { _ in backoff.next(using: &generator) }
    }

    @Test func `doubles from the shortest wait to the longest, and stays there`() {
        var backoff = Backoff(shortest: .milliseconds(100), longest: .milliseconds(700))
        let waits = waits(of: &backoff, count: 6)
        #expect(waits == [100, 200, 400, 700, 700, 700].map { .milliseconds($0) })
    }

    @Test func `takes off half of a wait at most`() {
        var backoff = Backoff(shortest: .milliseconds(100), longest: .milliseconds(700))
        let waits = waits(of: &backoff, count: 5, by: .least)
        #expect(waits == [50, 100, 200, 350, 350].map { .milliseconds($0) })
        var random = Backoff(shortest: .seconds(1), longest: .seconds(1))
        for _ in 0..<100 {
            let wait = random.next()
            #expect(wait >= .milliseconds(500) && wait <= .seconds(1))
        }
    }

    @Test func `stays at the longest wait, however many attempts have failed`() {
        var backoff = Backoff(shortest: .milliseconds(1), longest: .seconds(10))
        let last = waits(of: &backoff, count: 200).suffix(180)
        #expect(last.allSatisfy { $0 == .seconds(10) })
    }

    @Test func `is short again after a success`() {
        var backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(10))
        _ = waits(of: &backoff, count: 5)
        backoff.reset()
        let next = waits(of: &backoff, count: 2)
        #expect(next == [.milliseconds(100), .milliseconds(200)])
    }

    @Test func `never waits longer than the longest wait`() {
        var backoff = Backoff(shortest: .seconds(5), longest: .seconds(1))
        let waits = waits(of: &backoff, count: 2)
        #expect(waits == [.seconds(1), .seconds(1)])
    }

    @Test func `begins with a fifth of a second, and ends with ten, where nothing else is said`() {
        var backoff = Backoff()
        let waits = waits(of: &backoff, count: 8)
        #expect(waits.first == .milliseconds(200) && waits.last == .seconds(10))
    }
}
