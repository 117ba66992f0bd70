import Daybook
import DaybookAPI
import Synchronization

extension ScratchPurpose {
    /// Another worker has a generation of this purpose.
    fileprivate var refusal: OperationRefused {
        let detail =
            switch self {
            case .comparison: "another worker of this read model compares or explains now"
            case .past: "the past of this read model is shown to somebody else now"
            }
        return OperationRefused(code: .elsewhere, detail: detail)
    }
}

/// Builds generations that are thrown away.
extension ProjectionHost {
    /// Makes a generation, and removes it after `body`.
    ///
    /// - Parameter serving: The generation whose exceptions hold here too: what is skipped, and what has ended processes
    ///   and must not end this one, which serves. `nil` where `body` sees to that, or nothing serves.
    /// - Throws: ``OperationRefused`` while there is another one of that purpose.
    func withScratch<Value>(
        _ purpose: ScratchPurpose, like serving: Int?, _ body: (any ScratchGeneration) async throws -> Value
    ) async throws -> Value {
        guard let lock = try store.lockScratch(purpose) else { throw purpose.refusal }
        defer { withExtendedLifetime(lock) {} }
        return try await store.withScratch(purpose) { scratch in
            if let serving { try await scratch.takeOverExceptions(of: serving) }
            return try await body(scratch)
        }
    }

    /// Where the logs end, as a history tells it.
    ///
    /// - Throws: `HistoryError` when a writer does not answer.
    func readHeads(in history: any History) async throws -> [Lane: Offset] {
        var heads: [Lane: Offset] = [:]
        for source in feed.sources {
            for partition in Partition.all(feed.partitionCount) {
                let head = try await history.slice(of: source, partition, after: .zero, limit: 0).head
                heads[Lane(source: source, partition: partition)] = head
            }
        }
        return heads
    }

    /// Reads and posts a little of each log, to say what a rebuild would take.
    ///
    /// - Throws: `HistoryError` when a writer does not answer.
    func explainRebuild() async throws -> RebuildEstimate {
        try await trying.withLock {
            let heads = try await readHeads(in: feed.history)
            let events = heads.values.map(\.rawValue).cappedSum
            return try await withScratch(.comparison, like: store.serving) { scratch in
                let generation = scratch.generation
                let start = ContinuousClock.now
                for (lane, head) in heads where head > .zero {
                    let slice = try await feed.history.slice(of: lane.source, lane.partition, after: .zero, limit: 500)
                    _ = try await generation.replay(slice.entries, of: lane, slice.epoch, after: nil)
                }
                try await generation.finish()
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let sample = try await generation.checkpoints().values.map(\.offset.rawValue).cappedSum
                let rate = Double(sample) / max(seconds, 0.001)
                return RebuildEstimate(
                    events: events, sample: sample, eventsPerSecond: rate,
                    seconds: rate > 0 ? Double(events) / rate : 0, bytes: try bytes(scratch, events, sample),
                    freeBytes: store.freeBytes)
            }
        }
    }

    /// As much as what serves takes, grown with the events; without one, as the sample.
    private func bytes(_ scratch: any ScratchGeneration, _ events: Int64, _ sample: Int64) throws -> Int64 {
        if let serving = store.serving, let file = try store.summary(of: serving) {
            let posted = file.progress.posted(of: feed.sources)
            if posted > 0 { return Self.grown(file.bytes, from: posted, to: events) }
        }
        return Self.grown(try scratch.bytes(), from: max(1, sample), to: events)
    }

    /// Capped, as what a source says of its head may be impossible.
    private static func grown(_ bytes: Int64, from posted: Int64, to events: Int64) -> Int64 {
        Int64(min(Double(bytes) * max(1, Double(events) / Double(posted)), Double(1 << 62)))
    }

    // MARK: Comparing

    /// The last comparison, or the one that is under way.
    var comparison: ComparisonResponse? { lastComparison.withLock { $0 } }

    /// Begins to compare what serves with a replay, unless that is under way.
    func beginComparison() throws {
        let number = try serving().number
        let begins = lastComparison.withLock { last in
            if last?.state == .running { return false }
            last = ComparisonResponse()
            return true
        }
        if begins { inbox.send(.compare(number)) }
    }

    /// Compares what serves with a replay, until the task is cancelled.
    func compareReplay(with number: Int) async {
        do {
            let differences = try await trying.withLock { try await compare(number) }
            note {
                $0.state = .done
                $0.differences = differences.map { TableDifferenceReport($0) }
            }
        } catch {
            note {
                $0.state = .failed
                $0.problem = "\(error)"
            }
        }
    }

    private func note(_ change: (inout ComparisonResponse) -> Void) {
        lastComparison.withLock { last in
            var comparison = last ?? ComparisonResponse()
            change(&comparison)
            last = comparison
        }
    }

    private func compare(_ number: Int) async throws -> [TableDifference] {
        try await withScratch(.comparison, like: nil) { scratch in
            let comparison = try await scratch.comparison(with: number)
            let targets = comparison.checkpoints
            note { $0.total = targets.values.map(\.offset.rawValue).cappedSum }
            // What cannot be posted is set aside at once.
            let generation = scratch.generation
            try await bring(generation, upTo: targets, FailurePolicy(retries: 0)) { posted in
                note { $0.done += posted }
            }
            let reached = try await generation.checkpoints()
            guard targets.allSatisfy({ reached[$0.key] == $0.value || !feed.sources.contains($0.key.source) }) else {
                throw PromotionRefused("what serves was made from another log than the sources have now")
            }
            return try await comparison.differences()
        }
    }
}
