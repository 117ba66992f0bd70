import Daybook
import DaybookSQLite
import Foundation
import Synchronization

/// What a rebuild would take, as ``ProjectionHost/explainRebuild()`` estimates it.
struct RebuildEstimate: Encodable {
    /// Events in the logs of all sources.
    var events: Int64
    /// How many of them were read and posted to find out.
    var sample: Int64
    /// A build reads ahead while it posts, which this does not: it is faster than that.
    var eventsPerSecond: Double
    var seconds: Double
    /// What the next generation is likely to take on the disk.
    var bytes: Int64
    var freeBytes: Int64
}

/// How a replay compares with what serves.
struct ReplayComparison: Encodable, Sendable {
    enum State: String, Encodable, Sendable { case running, done, failed }

    var state = State.running
    /// Events that are posted to the replay, and those that what serves has.
    var done: Int64 = 0
    var total: Int64 = 0
    /// Rows that only what serves has are `first`, those that only the replay has are `second`.
    var differences: [TableDifference] = []
    var problem: String?
}

/// Builds generations that are thrown away.
extension ProjectionHost {
    private func withTrial<Value>(_ body: (SQLiteReadModel<Projection>) async throws -> Value) async throws -> Value {
        guard let claim = folder.claimTrial() else {
            throw OperationRefused(
                code: "elsewhere", detail: "another worker of this read model compares or explains now")
        }
        defer { withExtendedLifetime(claim) {} }
        let path = trialPath
        try? FileManager.default.removeItem(atPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let trial = try SQLiteReadModel(
            next: GenerationRecord(role: .building), in: ReadModelFolder(path), projection: projection)
        return try await body(trial)
    }

    private var trialPath: String { "\(folder.path)/trial" }

    /// Removes what a process has left that ended in the midst of it.
    func removeTrial() {
        guard FileManager.default.fileExists(atPath: trialPath), let claim = folder.claimTrial() else { return }
        withExtendedLifetime(claim) { try? FileManager.default.removeItem(atPath: trialPath) }
    }

    /// Reads and posts a little of each log, to say what a rebuild would take.
    ///
    /// - Throws: `HistoryError` when a writer does not answer.
    func explainRebuild() async throws -> RebuildEstimate {
        try await trying.withLock {
            var heads: [Lane: Offset] = [:]
            for source in feed.sources {
                for partition in Partition.all(feed.partitionCount) {
                    let head = try await feed.history.slice(of: source, partition, after: .zero, limit: 0).head
                    heads[Lane(source: source, partition: partition)] = head
                }
            }
            let events = heads.values.reduce(0) { $0 + $1.rawValue }
            return try await withTrial { trial in
                let start = ContinuousClock.now
                for (lane, head) in heads where head > .zero {
                    let slice = try await feed.history.slice(of: lane.source, lane.partition, after: .zero, limit: 500)
                    if let last = slice.entries.last {
                        _ = try await post(slice.entries, last, slice.epoch, lane, nil, to: trial)
                    }
                }
                try await trial.finish()
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let sample = try await trial.checkpoints().values.reduce(0) { $0 + $1.offset.rawValue }
                let rate = Double(sample) / max(seconds, 0.001)
                return RebuildEstimate(
                    events: events, sample: sample, eventsPerSecond: rate,
                    seconds: rate > 0 ? Double(events) / rate : 0, bytes: try bytes(trial, events, sample),
                    freeBytes: freeBytes())
            }
        }
    }

    /// As much as what serves takes, grown with the events; without one, as the sample.
    private func bytes(_ trial: SQLiteReadModel<Projection>, _ events: Int64, _ sample: Int64) throws -> Int64 {
        if let serving = folder.serving, let file = try GenerationFile(serving, in: folder), file.posted > 0 {
            return Int64(Double(file.bytes) * max(1, Double(events) / Double(file.posted)))
        }
        let trialFolder = try ReadModelFolder(trialPath)
        let bytes = try GenerationFile(trial.number, in: trialFolder)?.bytes ?? 0
        return Int64(Double(bytes) * max(1, Double(events) / Double(max(1, sample))))
    }

    private func freeBytes() -> Int64 {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
        return attributes?[.systemFreeSize] as? Int64 ?? 0
    }

    // MARK: Comparing

    /// The last comparison, or the one that is under way.
    var comparison: ReplayComparison? { lastComparison.withLock { $0 } }

    /// Begins to compare what serves with a replay, unless that is under way.
    func beginComparison() throws {
        let number = try serving().number
        let begins = lastComparison.withLock { last in
            if last?.state == .running { return false }
            last = ReplayComparison()
            return true
        }
        guard begins else { return }
        Task {
            do {
                let differences = try await trying.withLock { try await self.compare(number) }
                note {
                    $0.state = .done
                    $0.differences = differences
                }
            } catch {
                note {
                    $0.state = .failed
                    $0.problem = "\(error)"
                }
            }
        }
    }

    private func note(_ change: (inout ReplayComparison) -> Void) {
        lastComparison.withLock { last in
            var comparison = last ?? ReplayComparison()
            change(&comparison)
            last = comparison
        }
    }

    private func compare(_ number: Int) async throws -> [TableDifference] {
        let skipped = try GenerationFile.skippedEvents(of: number, in: folder)
        return try await withTrial { trial in
            try await trial.skip(skipped)
            let files = (folder.file(number), trial.path)
            let comparison = try await elsewhere { try GenerationComparison(files.0, files.1) }
            let targets = comparison.checkpoints
            note { $0.total = targets.values.reduce(0) { $0 + $1.offset.rawValue } }
            try await bring(trial, upTo: targets) { posted in self.note { $0.done += posted } }
            let reached = try await trial.checkpoints()
            guard targets.allSatisfy({ reached[$0.key] == $0.value || !feed.sources.contains($0.key.source) }) else {
                throw PromotionRefused("what serves was made from another log than the sources have now")
            }
            return try await elsewhere { try comparison.differences() }
        }
    }
}
