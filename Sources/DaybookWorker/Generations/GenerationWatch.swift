import Daybook
import Logging
import Metrics

/// The watch over what applies events to generations: it measures, and tells the supervisor what has changed.
struct GenerationWatch: Sendable {
    let context: ProjectionContext
    let registry: GenerationRegistry
    let isLeading: Bool
    private let generationGauge: Gauge
    private let parkedGauge: Gauge

    init(context: ProjectionContext, registry: GenerationRegistry, isLeading: Bool) {
        self.context = context
        self.registry = registry
        self.isLeading = isLeading
        let dimensions = [("projection", context.projection.name)]
        generationGauge = Gauge(label: "daybook_projection_generation", dimensions: dimensions)
        parkedGauge = Gauge(label: "daybook_projection_parked_events", dimensions: dimensions)
    }

    var buildCheck: BuildCheck { BuildCheck(context: context, registry: registry) }

    /// Passes on that a runner has moved: to those that follow the one that serves, and to who waits for a build or
    /// does not know yet that another worker has changed what serves.
    func follow(_ runner: ProjectionRunner, number: Int, role: GenerationRole) async {
        var isFirst = true
        var checkedAt: ContinuousClock.Instant?
        for await _ in runner.changes.listen() {
            if Task.isCancelled { return }
            let serves = context.store.serving == number
            let isBuilt =
                isLeading && role == .building && !registry.problems.isSettled(number) && runner.status.isBuilt
            if serves != (role == .serving) || isBuilt { registry.inbox.send(.progressed) }
            if role == .serving { await measure(number) } else if role == .building { await check(number, &checkedAt) }
            // The first word comes with listening, and says nothing.
            if role == .serving && !isFirst {
                for runner in registry.running.runners(where: { $0 != .serving }) { runner.look() }
            }
            isFirst = false
            if role != .building { try? await Task.sleep(for: .milliseconds(200)) }
        }
    }

    private func measure(_ number: Int) async {
        generationGauge.record(number)
        let model = registry.running.model(of: number)
        if let count = try? await model?.parkedCount() { parkedGauge.record(count) }
    }

    /// Looks once a second at what a build has parked, and stops it when that can be no exception any more.
    private func check(_ number: Int, _ checkedAt: inout ContinuousClock.Instant?) async {
        if let last = checkedAt, last.duration(to: .now) < .seconds(1) { return }
        checkedAt = .now
        guard let model = registry.running.model(of: number) else { return }
        _ = try? await buildCheck.stopIfFaulty(model, isBuilt: false)
    }

    /// Leaves a generation that does not serve and cannot go on alone until the next look.
    func leave(_ number: Int, after error: any Error) {
        guard registry.problems.fail(number) else { return }
        registry.noteFailure(error, of: number, endsWithStart: true, in: context)
    }
}

extension GenerationRegistry {
    /// Notes and logs that a generation cannot go on.
    ///
    /// - Parameter endsWithStart: `true` when that is over as soon as the generation runs again.
    func noteFailure(_ error: any Error, of number: Int, endsWithStart: Bool, in context: ProjectionContext) {
        problems.note(GenerationProblem(reason: "\(error)", endsWithStart: endsWithStart), of: number)
        context.logger.error(
            "a generation cannot go on, trying again later",
            metadata: context.metadata(of: number).merging(["error": "\(error)"]) { $1 })
    }
}
