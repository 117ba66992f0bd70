import Daybook
import Logging
import ServiceLifecycle

/// Forgets the answers to idempotency keys once they are old enough.
struct AnswerRetention: Service {
    let store: any AnswerStore
    /// The time for which they are kept: days on which the writer ran, by its clock.
    let days: Int
    let logger: Logger

    private static let interval = Duration.seconds(3600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in Ticker(every: Self.interval, startsAtOnce: true) {
                do {
                    try await store.removeAnswers(olderThan: days, today: .now())
                } catch {
                    logger.warning("old idempotency keys are kept for now", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
