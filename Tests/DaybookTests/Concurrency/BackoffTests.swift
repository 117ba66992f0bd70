import Testing

@testable import Daybook

@Suite struct `The wait before the next attempt` {
    @Test func `doubles with each failure, up to a limit`() {
        let waits = [0, 1, 2, 3, 4, 60, .max].map {
            Duration.backoff(from: .milliseconds(100), after: $0, upTo: .milliseconds(700))
        }
        #expect(waits == [100, 100, 200, 400, 700, 700, 700].map { .milliseconds($0) })
    }
}
