import Daybook
import DaybookSQLite
import Foundation
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
    func complete(_ number: Int, _ model: SQLiteReadModel<Projection>) async throws {
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
                "another generation serves", metadata: ["projection": "\(Projection.name)", "generation": "\(number)"])
        } catch let refusal as PromotionRefused {
            problems.withLock { $0[number] = GenerationProblem(reason: refusal.description) }
            logger.error("\(refusal)", metadata: ["projection": "\(Projection.name)", "generation": "\(number)"])
        } catch let error where !(error is CancellationError) {
            log(error, number, endsWithStart: false)
        }
    }

    private func finish(_ number: Int, _ model: SQLiteReadModel<Projection>) async throws {
        if members.withLock({ $0[number]?.isFinished == true }) { return }
        try await model.finish()
        members.withLock { $0[number]?.isFinished = true }
    }

    /// Lets a generation serve: fences off the present one, brings the next one up to it, and moves the link.
    func promote(_ number: Int) async throws {
        defer { inbox.send(.progressed) }
        let runners = members.withLock { $0.mapValues(\.runner) }
        let ended = [folder.serving, number].compactMap { $0 }.filter { runners[$0] != nil }
        for number in ended { runners[number]?.stop() }
        for number in ended { try await untilEnded(number) }
        // Nobody else feeds what is about to serve.
        guard let claim = try folder.claim(number) else {
            throw PromotionRefused("generation \(number) is fed by another worker")
        }
        defer { withExtendedLifetime(claim) {} }
        try await folder.promote(number) { present in
            guard let present, present != number else { return }
            let next = try open(number)
            try await next.skip(try GenerationFile.skippedEvents(of: present, in: folder))
            guard let old = try GenerationFile(present, in: folder) else { return }
            // Whatever its version: nobody shall see less than before.
            let checkpoints = old.progress.checkpoints
            do { try await bring(next, upTo: checkpoints, feed.policy) } catch let failure as EventFailure {
                throw PromotionRefused("generation \(number) cannot post \(failure)")
            }
            guard old.version == Projection.version else { return }
            try await level(next, with: try open(present), bytes: old.bytes)
        }
    }

    /// Brings both to the same place, and compares them there.
    private func level(
        _ next: SQLiteReadModel<Projection>, with old: SQLiteReadModel<Projection>, bytes: Int64
    ) async throws {
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
        let files = (folder.file(old.number), folder.file(next.number))
        let comparison = try await elsewhere { try GenerationComparison(files.0, files.1) }
        let differences = try await compareRows(comparison)
        guard !differences.isEmpty else { return }
        let text = differences.map(\.description).joined(separator: "; ")
        logger.warning(
            "the generations differ", metadata: ["projection": "\(Projection.name)", "differences": "\(text)"])
        guard requiresEqual else { return }
        throw try await refused(next, "generation \(next.number) differs: \(text)")
    }

    /// Notes that a build does not take over until an operator lets it.
    private func refused(_ next: SQLiteReadModel<Projection>, _ reason: String) async throws -> PromotionRefused {
        try await next.update { $0.refusal = reason }
        return PromotionRefused(reason)
    }

    /// Compares two generations, unless the task is cancelled meanwhile.
    func compareRows(_ comparison: GenerationComparison) async throws -> [TableDifference] {
        try await withTaskCancellationHandler {
            try await elsewhere { try comparison.differences() }
        } onCancel: {
            comparison.interrupt()
        }
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
        _ model: SQLiteReadModel<Projection>, upTo targets: [Lane: Checkpoint], _ policy: FailurePolicy,
        progress: (Int64) -> Void = { _ in }
    ) async throws {
        let listed = targets.filter { feed.sources.contains($0.key.source) }
        try await model.catchUp(to: listed, from: feed.history, policy: policy, progress: progress)
    }
}

/// Does what takes long away from the threads on which everything else runs.
func elsewhere<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}
