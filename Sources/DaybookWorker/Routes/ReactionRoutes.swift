import DaybookAPI
import DaybookService
import Hummingbird

/// The routes that only a projection has, under the name of a reaction: they say so, and what can be done instead.
struct ReactionRoutes: Sendable {
    /// The reaction's name.
    let name: String

    func add(to router: Router<BasicRequestContext>) {
        for operation in WorkerAPI.generations {
            router.serve(operation, of: name) { _, _ in throw refusal }
        }
    }

    private var refusal: Problem {
        Problem(
            code: .isAReaction,
            detail: "\(name) is a reaction: it has no rows and no generations, and what it did is not done again. It "
                + "can be paused, its parked events retried or skipped, and a stopped one reset. To let it begin anew stop the worker, "
                + "remove \(name).sqlite in reactions.path, and start the worker again")
    }
}
