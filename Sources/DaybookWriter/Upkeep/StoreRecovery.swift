import Daybook
import ServiceLifecycle

/// Finds out by itself whether a store that could not append can again. Where readiness decides who gets commands, none
/// would come to show it.
struct StoreRecovery: Service {
    let store: any WriterStore

    private static let interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in Ticker(every: Self.interval) where store.problem != nil { try? await store.probe() }
        }
    }
}
