import Daybook
import Logging
import ServiceLifecycle

/// Logs why the store takes nothing, once for each cause, and that it takes commands again.
struct StoreProblems: Service {
    let store: any WriterStore
    let logger: Logger

    func run() async throws {
        var last: String?
        for await _ in store.problemChanges.listen().cancelOnGracefulShutdown() {
            let problem = store.problem
            if problem == last { continue }
            last = problem
            if let problem {
                logger.error("the store cannot take anything", metadata: ["error": "\(problem)"])
            } else {
                logger.notice("the store takes commands again")
            }
        }
    }
}
