import Daybook
import Logging

/// The check that stops a build whose code is at fault, as its rows would be of no use.
struct BuildCheck: Sendable {
    let context: ProjectionContext
    let registry: GenerationRegistry

    /// The number of streams with an event that cannot be applied, beyond those in what serves, that a build may have.
    private static let parkedLimit = 100

    /// Stops a build that has parked far more than what serves, or has read everything and made no row. An operator may
    /// let it go on.
    ///
    /// - Returns: `true` when it is stopped.
    func stopIfFaulty(_ model: any Generation, isBuilt: Bool) async throws -> Bool {
        let (store, number) = (context.store, model.number)
        guard let failing = try await model.failures() else { return false }
        let serving = try store.serving.map { try store.failures(in: $0)?.streams ?? 0 } ?? 0
        let isEmpty = isBuilt ? try await !model.hasRows() : false
        guard isEmpty || failing.streams > serving + Self.parkedLimit else { return false }
        if try await model.record().toleratesFailures { return false }
        let extent = isEmpty ? "everything was read, and there is no row" : "what serves has \(serving) of them"
        let reason =
            "the build is stopped: events of \(failing.streams) streams cannot be posted, the first one with "
            + "\(failing.reason) (\(extent))"
        registry.running.runner(of: number)?.pause(true)
        if registry.problems.note(GenerationProblem(reason: reason, isStop: true), of: number) {
            context.logger.error("\(reason)", metadata: context.metadata(of: number))
        }
        return true
    }

    /// Lets a build go on that was stopped. That it may is in its record.
    func resume(_ number: Int) {
        registry.problems.clear(number)
        registry.running.runner(of: number)?.pause(false)
    }
}
