import Daybook
import DaybookAPI

/// The attempts that are made of a command which carries an idempotency key.
///
/// A command is tried again when no response came, and after 503 with `Retry-After`. The wait doubles with each failure
/// and is at least as long as the daemon asks for. A daemon that asks for more than ``longestWait`` is not asked again.
public struct RetryPolicy: Sendable, Hashable {
    /// Attempts in all, the first one included. Less than 1 counts as 1.
    public var attempts: Int
    /// The wait after the first failure.
    public var shortestWait: Duration
    /// The longest wait between two attempts.
    public var longestWait: Duration

    /// A policy with waits that suit a daemon which starts again.
    public init(attempts: Int, shortestWait: Duration = .milliseconds(200), longestWait: Duration = .seconds(5)) {
        self.attempts = attempts
        self.shortestWait = shortestWait
        self.longestWait = longestWait
    }

    /// One attempt.
    public static let never = RetryPolicy(attempts: 1)

    /// Five attempts within some seconds, as long as a daemon takes to start again.
    public static let standard = RetryPolicy(attempts: 5)

    /// Makes attempts until one succeeds, or the last one has failed.
    ///
    /// - Throws: The error of the last attempt, or `CancellationError`.
    func run<Result>(_ attempt: () async throws -> Result) async throws -> Result {
        var failures = 0
        while true {
            do {
                return try await attempt()
            } catch let error as DaybookClientError {
                failures += 1
                guard failures < attempts, let wait = delay(after: error, failures: failures) else { throw error }
                try await Task.sleep(for: wait)
            }
        }
    }

    /// The time before the next attempt; `nil` when there is to be none.
    func delay(after error: DaybookClientError, failures: Int) -> Duration? {
        let backoff = Duration.backoff(from: shortestWait, after: failures, upTo: longestWait)
        switch error {
        case .unreachable: return backoff
        case .problem(let problem, let retryAfter?) where problem.status == 503 && retryAfter <= longestWait:
            return max(backoff, retryAfter)
        case .problem, .unexpectedResponse, .invalidRequest, .invalidEndpoint: return nil
        }
    }
}
