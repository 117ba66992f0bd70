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
    /// Makes attempts, each of which fails with the error that there is for it.
    ///
    /// - Returns: The number of attempts that were made, and the error of the last one.
    private func attempts(
        allowed: Int, failingWith failure: (Int) -> DaybookClientError?
    ) async -> (count: Int, error: DaybookClientError?) {
        let policy = RetryPolicy(attempts: allowed, shortestWait: .microseconds(1), longestWait: .microseconds(1))
        var count = 0
        do {
            try await policy.run {
                count += 1
                if let error = failure(count) { throw error }
            }
            return (count, nil)
        } catch {
            return (count, error as? DaybookClientError)
        }
    }

    @Test(arguments: [(-1, 1), (0, 1), (1, 1), (2, 2), (4, 4)])
    func `makes as many attempts as it has, and one at least`(allowed: Int, count: Int) async {
        let gone = DaybookClientError.unreachable(daemon: "writer", reason: "it is gone")
        let made = await attempts(allowed: allowed) { _ in gone }
        #expect(made.count == count && made.error == gone)
    }

    @Test func `makes no attempt after one that succeeds, or that no other one would change`() async {
        let gone = DaybookClientError.unreachable(daemon: "writer", reason: "it is gone")
        let successful = await attempts(allowed: 9) { $0 < 3 ? gone : nil }
        #expect(successful.count == 3 && successful.error == nil)
        let refused = refusal(409, retryAfter: nil)
        let failed = await attempts(allowed: 9) { $0 < 3 ? gone : refused }
        #expect(failed.count == 3 && failed.error == refused)
    }
}
