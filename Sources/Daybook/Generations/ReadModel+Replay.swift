/// Posting from history without a queue: what brings one generation to where another one stands.
extension ReadModel {
    /// Posts up to the targets, as far as what this read model has is of the same logs as they are. A lane that is
    /// further stays where it is.
    ///
    /// - Parameters:
    ///   - parked: Events that are parked without being tried, by their places, and why.
    ///   - policy: What is done with an event that cannot be posted: it is parked at once, unless it is said otherwise.
    ///   - progress: Called with how many more are posted.
    /// - Throws: `HistoryError` when a source cannot be read, ``EventFailure`` at an event that cannot be posted where
    ///   the policy is to pause, `CancellationError`, what else posting throws.
    public func catchUp(
        to targets: [Lane: Checkpoint], from history: any History, parking parked: [Lane: [Offset: String]] = [:],
        policy: FailurePolicy = FailurePolicy(retries: 0), progress: (Int64) throws -> Void = { _ in }
    ) async throws {
        let own = try await checkpoints()
        for (lane, target) in targets {
            var checkpoint = own[lane]
            while (checkpoint?.offset ?? .zero) < target.offset {
                try Task.checkCancellation()
                if let checkpoint, checkpoint.epoch != target.epoch { break }
                let slice = try await history.slice(
                    of: lane.source, lane.partition, after: checkpoint?.offset ?? .zero, limit: 1000)
                let entries = slice.entries.prefix { $0.offset <= target.offset }
                // A log that was restored has nothing in common with what was posted of the one before.
                guard slice.epoch == target.epoch, slice.anchor == checkpoint?.anchor, !entries.isEmpty else { break }
                checkpoint = try await replay(
                    entries, of: lane, slice.epoch, after: checkpoint, parking: parked[lane] ?? [:], policy: policy)
                try progress(Int64(entries.count))
            }
        }
    }

    /// Posts entries that follow the checkpoint of their lane.
    ///
    /// - Parameters:
    ///   - parked: Events that are parked without being tried, and why.
    ///   - policy: What is done with an event that cannot be posted: it is parked at once, unless it is said otherwise.
    /// - Returns: The checkpoint at the last of them.
    /// - Throws: ``EventFailure`` at an event that cannot be posted where the policy is to pause, what else posting
    ///   throws.
    public func replay(
        _ entries: some Collection<LogEntry>, of lane: Lane, _ epoch: Epoch, after expected: Checkpoint?,
        parking parked: [Offset: String] = [:], policy: FailurePolicy = FailurePolicy(retries: 0)
    ) async throws -> Checkpoint? {
        var rest = entries.map { decoded($0) }[...]
        var (checkpoint, end, parks) = (expected, rest.endIndex, parked)
        var attempts: [Offset: Int] = [:]
        while let last = rest[..<end].last?.log {
            let next = Checkpoint(epoch: epoch, offset: last.offset, anchor: last.anchor)
            var posting = Posting(lane: lane, expected: checkpoint, entries: Array(rest[..<end]), next: next)
            posting.parks = parks
            do {
                try await apply([posting], keeping: [])
                (checkpoint, rest, end) = (next, rest[end...], rest.endIndex)
            } catch let failure as EventFailure {
                let offset = failure.entry.offset
                let attempt = attempts[offset, default: 0] + 1
                attempts[offset] = attempt
                // Up to this one, so that those behind it are not posted again with each that fails.
                end = rest.prefix { $0.log.offset <= offset }.endIndex
                if attempt <= policy.retries && !failure.isFinal {
                    try await Task.sleep(for: policy.wait(after: attempt))
                } else if policy.lastResort == .pause {
                    throw failure
                } else {
                    parks[offset] = failure.reason
                }
            }
        }
        return checkpoint
    }
}
