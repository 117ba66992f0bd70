import Daybook
import Logging

/// The promotion of a generation: it takes over from the one that serves.
struct Promotion: Sendable {
    let context: ProjectionContext
    let registry: GenerationRegistry
    let buildCheck: BuildCheck

    /// The size up to which generations are compared although nobody asks that they be equal: while they are, nothing
    /// is applied.
    private static let comparedBytes: Int64 = 256 << 20

    /// Makes a build whole that has caught up, and lets it take over unless it is held. What goes wrong leaves
    /// everything as it was; the next look tries again, or an operator's word.
    func complete(_ model: any Generation) async throws {
        let number = model.number
        // Not before that: each attempt stops what serves for a moment.
        registry.problems.settle(number)
        do {
            if try await buildCheck.stopIfFaulty(model, isBuilt: true) { return }
            try await finish(model)
            registry.problems.clear(number)
            let record = try await model.record()
            if record.isHeld || record.refusal != nil { return }
            try await promote(number)
            context.logger.info("another generation serves", metadata: context.metadata(of: number))
        } catch let refusal as PromotionRefused {
            registry.problems.note(GenerationProblem(reason: refusal.description), of: number)
            context.logger.error("\(refusal)", metadata: context.metadata(of: number))
        } catch let error where !(error is CancellationError) {
            registry.noteFailure(error, of: number, endsWithStart: false, in: context)
        }
    }

    private func finish(_ model: any Generation) async throws {
        let number = model.number
        if registry.running.withAll({ $0[number]?.isFinished == true }) { return }
        try await model.finish()
        registry.running.setFinished(number)
    }

    /// Lets a generation serve: fences off the present one, brings the next one up to it, and leads readers there.
    func promote(_ number: Int) async throws {
        let store = context.store
        defer { registry.inbox.send(.progressed) }
        let kept = registry.running.locks(of: [number])
        let ended = [store.serving, number].compactMap { $0 }.filter { registry.running.runner(of: $0) != nil }
        for number in ended { registry.running.runner(of: number)?.stop() }
        for number in ended { try await registry.running.waitForEnd(of: number) }
        // Nobody else feeds what is about to serve.
        guard let lock = try kept[number] ?? store.lock(number) else {
            throw PromotionRefused("generation \(number) is fed by another worker")
        }
        defer { withExtendedLifetime(lock) {} }
        try await store.promote(number) { present in
            guard let present, present != number else { return }
            let next = try store.open(number)
            try await next.skip(try store.skippedEvents(in: present))
            guard let old = try store.summary(of: present) else { return }
            // Whatever its version: nobody shall see less than before.
            let checkpoints = old.progress.checkpoints
            do {
                try await context.bring(next, upTo: checkpoints, policy: context.feed.policy)
            } catch let failure as EventFailure {
                throw PromotionRefused("generation \(number) cannot post \(failure)")
            }
            guard old.version == context.projection.version else { return }
            try await level(next, with: try store.open(present), bytes: old.bytes)
        }
    }

    /// Brings both to the same place, and compares them there.
    private func level(_ next: any Generation, with old: any Generation, bytes: Int64) async throws {
        try await next.retryAllParked()
        let record = try await next.record()
        // Asked of a build. One that has served may still say so, if it is from an earlier version of this code.
        let requiresEqual = record.role == .building && record.requiresEqual
        do {
            try await context.bring(old, upTo: try await next.checkpoints(), policy: context.feed.policy)
        } catch let failure as EventFailure {
            // It stays before that event, where the two cannot be compared.
            guard requiresEqual else { return }
            throw try await refused(next, "generation \(old.number), which serves, cannot post \(failure)")
        }
        guard requiresEqual || bytes <= Self.comparedBytes else { return }
        let differences = try await context.store.comparison(of: old.number, with: next.number).differences()
        guard !differences.isEmpty else { return }
        let text = differences.map(\.description).joined(separator: "; ")
        context.logger.warning(
            "the generations differ",
            metadata: ["projection": "\(context.projection.name)", "differences": "\(text)"])
        guard requiresEqual else { return }
        throw try await refused(next, "generation \(next.number) differs: \(text)")
    }

    /// Notes that a build does not take over until an operator lets it.
    private func refused(_ next: any Generation, _ reason: String) async throws -> PromotionRefused {
        try await next.update { $0.refusal = reason }
        return PromotionRefused(reason)
    }
}
