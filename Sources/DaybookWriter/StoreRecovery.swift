import DaybookSQLite
import ServiceLifecycle

/// Finds out by itself whether a store that could not append can again. Where readiness decides who gets commands, none
/// would come to show it.
struct StoreRecovery: Service {
    let store: SQLiteEventStore

    private static let interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil {
                if store.problem != nil { try? await store.probe() }
            }
        }
    }
}
