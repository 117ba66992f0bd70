public import Logging

/// Keeps a connection: opens it, runs `body` with it, and when the connection ends opens the next one, waiting longer
/// from failure to failure. A connection that lasted for a while makes the waits short again.
///
/// Ends when `body` returns, when the task is cancelled, or with any error that is not a ``RabbitMQError``.
public func withReconnectingConnection(
    _ options: ConnectionOptions, backoff: Backoff = Backoff(), logger: Logger,
    _ body: @Sendable (Connection) async throws -> Void
) async throws {
    var backoff = backoff
    while true {
        let started = ContinuousClock.now
        do {
            let connection = try await Connection.open(options, logger: logger)
            do {
                try await body(connection)
                await connection.close()
                return
            } catch {
                await connection.close()
                throw error
            }
        } catch let error as RabbitMQError {
            try Task.checkCancellation()
            if started.duration(to: .now) > .seconds(10) { backoff.reset() }
            let wait = backoff.next()
            logger.warning(
                "no working connection to the broker, trying again",
                metadata: ["broker": "\(options)", "error": "\(error)", "wait": "\(wait)"])
            try await Task.sleep(for: wait)
        }
    }
}
