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
    /// it was; the next look tries again.
    func complete(_ number: Int, _ model: SQLiteReadModel<Projection>) async throws {
        do {
            try await model.finish()
            let record = try await model.record()
            if record.isHeld || record.refusal != nil { return }
            try await promote(number)
            logger.info(
                "another generation serves", metadata: ["projection": "\(Projection.name)", "generation": "\(number)"])
        } catch let refusal as PromotionRefused {
            logger.error("\(refusal)", metadata: ["projection": "\(Projection.name)", "generation": "\(number)"])
        } catch let error where !(error is CancellationError) {
            log(error, number)
        }
    }

    /// Lets a generation serve: fences off the present one, brings the next one up to it, and moves the link.
    func promote(_ number: Int) async throws {
        defer { inbox.send(.progressed) }
        let runners = members.withLock { $0.mapValues(\.runner) }
        let ended = [folder.serving, number].compactMap { $0 }.filter { runners[$0] != nil }
        for number in ended { runners[number]?.stop() }
        for number in ended { try await untilEnded(number) }
        // Nobody else feeds what is about to serve.
        guard let claim = folder.claim(number) else {
            throw PromotionRefused("generation \(number) is fed by another worker")
        }
        defer { withExtendedLifetime(claim) {} }
        try await folder.promote(number) { present in
            guard let present, present != number else { return }
            let next = try open(number)
            try await next.skip(try GenerationFile.skippedEvents(of: present, in: folder))
            guard let old = try GenerationFile(present, in: folder) else { return }
            // Whatever its version: nobody shall see less than before.
            try await bring(next, upTo: try GenerationFile.checkpoints(of: present, in: folder))
            guard old.version == Projection.version else { return }
            try await level(next, with: try open(present), bytes: old.bytes)
        }
    }

    /// Brings both to the same place, and compares them there.
    private func level(
        _ next: SQLiteReadModel<Projection>, with old: SQLiteReadModel<Projection>, bytes: Int64
    ) async throws {
        try await bring(old, upTo: try await next.checkpoints())
        try await next.retryAllParked()
        let requiresEqual = try await next.record().requiresEqual
        guard requiresEqual || bytes <= Self.comparedBytes else { return }
        let files = (folder.file(old.number), folder.file(next.number))
        let differences = try await elsewhere { try GenerationComparison(files.0, files.1).differences() }
        guard !differences.isEmpty else { return }
        let text = differences.map(\.description).joined(separator: "; ")
        logger.warning(
            "the generations differ", metadata: ["projection": "\(Projection.name)", "differences": "\(text)"])
        guard requiresEqual else { return }
        let refusal = PromotionRefused("generation \(next.number) differs: \(text)")
        try await next.update { $0.refusal = refusal.description }
        throw refusal
    }

    /// Waits until a runner here has posted last and let go.
    func untilEnded(_ number: Int) async throws {
        for _ in 0..<600 {
            for input in inbox.takeAll() {
                if case .ended(let ended, let error) = input {
                    members.withLock { $0[ended] = nil }
                    if let error { log(error, ended) }
                } else {
                    inbox.send(input)
                }
            }
            if members.withLock({ $0[number] == nil }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw PromotionRefused("generation \(number) does not let go")
    }

    /// Brings a generation to where another one stands, or further, from history, as far as both are of the source's log.
    func bring(
        _ model: SQLiteReadModel<Projection>, upTo targets: [Lane: Checkpoint], progress: (Int64) -> Void = { _ in }
    ) async throws {
        let own = try await model.checkpoints()
        for (lane, target) in targets where feed.sources.contains(lane.source) {
            var checkpoint = own[lane]
            while (checkpoint?.offset ?? .zero) < target.offset {
                if let checkpoint, checkpoint.epoch != target.epoch { break }
                let slice = try await feed.history.slice(
                    of: lane.source, lane.partition, after: checkpoint?.offset ?? .zero, limit: 1000)
                let entries = slice.entries.prefix { $0.offset <= target.offset }
                // A log that was restored has nothing in common with what was posted of the one before.
                guard slice.epoch == target.epoch, slice.anchor == checkpoint?.anchor, let last = entries.last else {
                    break
                }
                checkpoint = try await post(Array(entries), last, slice.epoch, lane, checkpoint, to: model)
                progress(Int64(entries.count))
            }
        }
    }

    func post(
        _ entries: [LogEntry], _ last: LogEntry, _ epoch: Epoch, _ lane: Lane, _ expected: Checkpoint?,
        to model: SQLiteReadModel<Projection>
    ) async throws -> Checkpoint {
        let next = Checkpoint(epoch: epoch, offset: last.offset, anchor: last.anchor)
        var posting = Posting(
            lane: lane, expected: expected,
            entries: entries.map { entry in
                do { return PostingEntry(log: entry, event: try model.decode(entry)) } catch {
                    return PostingEntry(log: entry, event: UndecodableEvent(error))
                }
            }, next: next)
        while true {
            do {
                try await model.post([posting], keeping: [])
                return next
            } catch let failure as EventFailure {
                posting.parks[failure.entry.offset] = failure.reason
            }
        }
    }
}

/// Does what takes long away from the threads on which everything else runs.
func elsewhere<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}
