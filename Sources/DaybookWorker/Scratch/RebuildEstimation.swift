import Daybook
import DaybookAPI

/// The estimation of a rebuild's time and space, from a sample of it.
struct RebuildEstimation: Sendable {
    let scratch: ScratchGenerations

    private var context: ProjectionContext { scratch.context }

    /// Reads and applies a little of each log.
    ///
    /// - Throws: `HistoryError` when a writer does not answer; ``OperationRefused`` while another worker does the same.
    func estimate() async throws -> RebuildEstimate {
        try await scratch.comparing.withLock {
            let heads = try await scratch.heads(in: context.feed.history)
            return try await scratch.with(.comparison, like: context.store.serving) { scratch in
                try await estimate(heads, by: scratch)
            }
        }
    }

    private func estimate(_ heads: [Lane: Offset], by scratch: any ScratchGeneration) async throws -> RebuildEstimate {
        let events = heads.values.map(\.rawValue).cappedSum
        let generation = scratch.generation
        let start = ContinuousClock.now
        for (lane, head) in heads where head > .zero {
            let slice = try await context.feed.history.slice(of: lane.source, lane.partition, after: .zero, limit: 500)
            _ = try await generation.replay(slice.entries, of: lane, slice.epoch, after: nil)
        }
        try await generation.finish()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let sample = try await generation.checkpoints().values.map(\.offset.rawValue).cappedSum
        let rate = Double(sample) / max(seconds, 0.001)
        return RebuildEstimate(
            events: events, sample: sample, eventsPerSecond: rate,
            seconds: rate > 0 ? Double(events) / rate : 0,
            bytes: try bytes(of: scratch, events: events, sample: sample),
            freeBytes: context.store.freeBytes)
    }

    /// As much as what serves takes, grown with the events; without one, as the sample.
    private func bytes(of scratch: any ScratchGeneration, events: Int64, sample: Int64) throws -> Int64 {
        if let serving = context.store.serving, let file = try context.store.summary(of: serving) {
            let applied = file.progress.posted(of: context.feed.sources)
            if applied > 0 { return Self.grown(file.bytes, from: applied, to: events) }
        }
        return Self.grown(try scratch.bytes(), from: max(1, sample), to: events)
    }

    /// Capped, as what a source says of its head may be impossible.
    private static func grown(_ bytes: Int64, from applied: Int64, to events: Int64) -> Int64 {
        Int64(min(Double(bytes) * max(1, Double(events) / Double(applied)), Double(1 << 62)))
    }
}
