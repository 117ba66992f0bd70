import Daybook
import Logging
import Synchronization

/// Why a generation does not take over.
struct PromotionRefused: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// How the next generation takes over from the present one.
extension ProjectionHost {
    /// Up to this size generations are compared although nobody asks that they be equal: while they are, nothing is
    /// posted.
    private static var comparedBytes: Int64 { 256 << 20 }

    /// A build has caught up: it is made whole, and takes over unless it is held. What goes wrong leaves everything as
    /// it was; the next look tries again, or an operator's word.
    func complete(_ number: Int, _ model: any Generation) async throws {
        // Not before that: each attempt stops what serves for a moment.
        resting.withLock { _ = $0.settled.insert(number) }
        do {
            if try await stopIfFaulty(model, isBuilt: true) { return }
            try await finish(number, model)
            problems.withLock { $0[number] = nil }
            let record = try await model.record()
            if record.isHeld || record.refusal != nil { return }
            try await promote(number)
            logger.info(
                "another generation serves", metadata: ["projection": "\(projection.name)", "generation": "\(number)"])
        } catch let refusal as PromotionRefused {
            problems.withLock { $0[number] = GenerationProblem(reason: refusal.description) }
            logger.error("\(refusal)", metadata: ["projection": "\(projection.name)", "generation": "\(number)"])
        } catch let error where !(error is CancellationError) {
            log(error, number, endsWithStart: false)
        }
    }

    private func finish(_ number: Int, _ model: any Generation) async throws {
        if members.withLock({ $0[number]?.isFinished == true }) { return }
        try await model.finish()
        members.withLock { $0[number]?.isFinished = true }
    }

    /// Lets a generation serve: fences off the present one, brings the next one up to it, and leads readers there.
    func promote(_ number: Int) async throws {
        defer { inbox.send(.progressed) }
        let runners = members.withLock { $0.mapValues(\.runner) }
        let ended = [store.serving, number].compactMap { $0 }.filter { runners[$0] != nil }
        for number in ended { runners[number]?.stop() }
        for number in ended { try await untilEnded(number) }
        // Nobody else feeds what is about to serve.
        guard let lock = try store.lock(number) else {
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
            do { try await bring(next, upTo: checkpoints, feed.policy) } catch let failure as EventFailure {
                throw PromotionRefused("generation \(number) cannot post \(failure)")
            }
            guard old.version == projection.version else { return }
            try await level(next, with: try store.open(present), bytes: old.bytes)
        }
    }

    /// Brings both to the same place, and compares them there.
    private func level(_ next: any Generation, with old: any Generation, bytes: Int64) async throws {
        try await next.retryAllParked()
        let record = try await next.record()
        // Asked of a build. One that has served may still say so, if it is from an earlier version of this code.
        let requiresEqual = record.role == .building && record.requiresEqual
        do { try await bring(old, upTo: try await next.checkpoints(), feed.policy) } catch let failure as EventFailure {
            // It stays before that event, where the two cannot be compared.
            guard requiresEqual else { return }
            throw try await refused(next, "generation \(old.number), which serves, cannot post \(failure)")
        }
        guard requiresEqual || bytes <= Self.comparedBytes else { return }
        let differences = try await store.comparison(of: old.number, with: next.number).differences()
        guard !differences.isEmpty else { return }
        let text = differences.map(\.description).joined(separator: "; ")
        logger.warning(
            "the generations differ", metadata: ["projection": "\(projection.name)", "differences": "\(text)"])
        guard requiresEqual else { return }
        throw try await refused(next, "generation \(next.number) differs: \(text)")
    }

    /// Notes that a build does not take over until an operator lets it.
    private func refused(_ next: any Generation, _ reason: String) async throws -> PromotionRefused {
        try await next.update { $0.refusal = reason }
        return PromotionRefused(reason)
    }

    /// Waits until a runner here has posted last and let go.
    ///
    /// - Throws: An error with which this process cannot go on, which ends it as well: that of the generation that serves.
    func untilEnded(_ number: Int) async throws {
        for _ in 0..<600 {
            var failure: (any Error)?
            for input in inbox.takeAll() {
                if case .ended(let number, let error) = input {
                    failure = ended(number, error) ?? failure
                } else {
                    inbox.send(input)
                }
            }
            if let failure {
                inbox.send(.failed(failure))
                throw failure
            }
            if members.withLock({ $0[number] == nil }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw PromotionRefused("generation \(number) does not let go")
    }

    /// Brings a generation to where another one stands, or further, from history, as far as both are of the source's log.
    ///
    /// - Throws: `EventFailure` at an event that cannot be posted where the policy is to pause.
    func bring(
        _ model: any Generation, upTo targets: [Lane: Checkpoint], _ policy: FailurePolicy,
        progress: (Int64) -> Void = { _ in }
    ) async throws {
        let listed = targets.filter { feed.sources.contains($0.key.source) }
        try await model.catchUp(to: listed, from: feed.history, policy: policy, progress: progress)
    }
}
