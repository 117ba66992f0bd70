import DaybookAPI
import Testing

@testable import DaybookClient

@Suite struct `A policy of retries` {
    private let policy = RetryPolicy(attempts: 9, shortestWait: .seconds(1), longestWait: .seconds(5))

    private func refusal(_ status: Int, retryAfter: Duration?) -> DaybookClientError {
        .problem(ProblemDocument(status: status, title: "it is refused"), retryAfter: retryAfter)
    }

    @Test func `waits longer after each failure, up to a limit`() {
        let error = DaybookClientError.unreachable(daemon: "writer", reason: "it is gone")
        let waits = (1...5).map { policy.delay(after: error, failures: $0) }
        let expected: [Duration?] = [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)]
        #expect(waits == expected)
    }

    @Test func `waits as long as it is asked to, or gives up`() {
        #expect(policy.delay(after: refusal(503, retryAfter: .zero), failures: 1) == .seconds(1))
        #expect(policy.delay(after: refusal(503, retryAfter: .seconds(3)), failures: 1) == .seconds(3))
        #expect(policy.delay(after: refusal(503, retryAfter: .seconds(6)), failures: 1) == nil)
    }

    @Test func `gives up at any other refusal`() {
        #expect(policy.delay(after: refusal(503, retryAfter: nil), failures: 1) == nil)
        #expect(policy.delay(after: refusal(409, retryAfter: .zero), failures: 1) == nil)
        let error = DaybookClientError.unexpectedResponse(daemon: "writer", reason: "it is no JSON")
        #expect(policy.delay(after: error, failures: 1) == nil)
    }
}
