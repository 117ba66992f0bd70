/// A sequence of moments with the same pause between them, which ends when the task is cancelled.
package struct Ticker: AsyncSequence, Sendable {
    private let pause: Duration
    private let startsAtOnce: Bool

    /// - Parameters:
    ///   - pause: The time from one element's end to the next.
    ///   - startsAtOnce: `true` for a first element without a pause before it.
    package init(every pause: Duration, startsAtOnce: Bool = false) {
        self.pause = pause
        self.startsAtOnce = startsAtOnce
    }

    package func makeAsyncIterator() -> Iterator { Iterator(pause: pause, isDue: startsAtOnce) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let pause: Duration
        fileprivate var isDue: Bool

        package mutating func next() async -> Void? {
            guard isDue else { return (try? await Task.sleep(for: pause)).map { _ in () } }
            isDue = false
            return Task.isCancelled ? nil : ()
        }
    }
}
