import DaybookSQLite
import Logging
import ServiceLifecycle

/// Finds out by itself whether a store that could not append can again. Where readiness decides who gets commands, none
/// would come to show it.
struct StoreRecovery: Service {
    let store: SQLiteEventStore
    let logger: Logger

    private static let interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil {
                guard store.problem != nil, (try? await store.probe()) != nil else { continue }
                logger.notice("the store can be written to again")
            }
        }
    }
}
