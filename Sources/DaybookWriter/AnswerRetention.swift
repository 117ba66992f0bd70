import Daybook
import DaybookSQLite
import Logging
import ServiceLifecycle

/// Forgets the answers to idempotency keys once they are old enough.
struct AnswerRetention: Service {
    let store: SQLiteEventStore
    /// How long they are kept.
    let days: Int
    let logger: Logger

    private static let interval = Duration.seconds(3600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat {
                do {
                    let age = Int64(days) * 86_400_000_000
                    let oldest = Timestamp(microseconds: Timestamp.now().microseconds - age)
                    try await store.removeAnswers(before: oldest)
                } catch {
                    logger.warning("old idempotency keys are kept for now", metadata: ["error": "\(error)"])
                }
            } while (try? await Task.sleep(for: Self.interval)) != nil
        }
    }
}
