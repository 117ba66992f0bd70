import Daybook
import DaybookAPI

/// Generations that are built to be looked at and thrown away.
struct ScratchGenerations: Sendable {
    let context: ProjectionContext
    /// One at a time is built to explain a rebuild, or to compare it with what serves.
    let comparing = AsyncMutex()

    /// Makes a generation, and removes it after `body`.
    ///
    /// - Parameter serving: The generation whose excluded events are left out here too: what is skipped, and what has
    ///   ended processes and must not end this one, which serves. `nil` where `body` sees to that, or nothing serves.
    /// - Throws: ``OperationRefused`` while another worker has one of that purpose; what `body` throws.
    func with<Value>(
        _ purpose: ScratchPurpose, like serving: Int?, _ body: (any ScratchGeneration) async throws -> Value
    ) async throws -> Value {
        guard let lock = try context.store.lockScratch(purpose) else { throw purpose.refusal }
        defer { withExtendedLifetime(lock) {} }
        return try await context.store.withScratch(purpose) { scratch in
            if let serving { try await scratch.takeOverExcludedEvents(of: serving) }
            return try await body(scratch)
        }
    }

    /// The heads of the logs, as a history gives them.
    ///
    /// - Throws: `HistoryError` when a writer does not answer.
    func heads(in history: any History) async throws -> [Lane: Offset] {
        var heads: [Lane: Offset] = [:]
        for source in context.feed.sources {
            for partition in Partition.all(context.feed.partitionCount) {
                let head = try await history.slice(of: source, partition, after: .zero, limit: 0).head
                heads[Lane(source: source, partition: partition)] = head
            }
        }
        return heads
    }
}

extension ScratchPurpose {
    /// The refusal while another worker has a generation of this purpose.
    fileprivate var refusal: OperationRefused {
        let detail =
            switch self {
            case .comparison: "another worker of this read model compares or explains now"
            case .past: "the past of this read model is shown to somebody else now"
            }
        return OperationRefused(code: .elsewhere, detail: detail)
    }
}
