extension Duration {
    /// The wait before the next attempt: it doubles with each failure, up to a limit.
    ///
    /// - Parameters:
    ///   - shortest: The wait after the first failure.
    ///   - failures: How many attempts in a row have failed.
    package static func backoff(from shortest: Duration, after failures: Int, upTo longest: Duration) -> Duration {
        min(shortest * (1 << min(max(0, failures - 1), 16)), longest)
    }
}
