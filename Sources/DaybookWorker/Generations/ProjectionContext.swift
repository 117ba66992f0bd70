import Daybook
import DaybookAPI
import Logging

/// The read model, the feed and the log that all parts of a projection's host work with.
struct ProjectionContext: Sendable {
    let store: any ReadModelStore
    let feed: ProjectionFeed
    let logger: Logger
    let projection: ProjectionDescription
    let reader: any ServingRows

    init(store: any ReadModelStore, feed: ProjectionFeed, logger: Logger) {
        self.store = store
        self.feed = feed
        self.logger = logger
        projection = store.projection
        reader = store.servingRows
    }

    /// Names a generation in the log.
    func metadata(of number: Int) -> Logger.Metadata {
        ["projection": "\(projection.name)", "generation": "\(number)"]
    }

    /// The events that are skipped in the generation that serves. What was skipped once is skipped in every later one.
    func skippedEvents() throws -> [SkippedEvent] {
        try store.serving.map { try store.skippedEvents(in: $0) } ?? []
    }

    /// The build of this version of the projection; `nil` when there is none.
    func build() throws -> GenerationSummary? {
        try store.summaries().last { $0.record.role == .building && $0.version == projection.version }
    }

    /// Takes the right to make a generation. Other workers of this read model have it only for a moment.
    ///
    /// - Throws: ``OperationRefused`` when one of them keeps it.
    func lockNext() async throws -> GenerationLock {
        for _ in 0..<250 {
            if let lock = try store.lockNext() { return lock }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw OperationRefused(
            code: .alreadyBuilding, detail: "another worker makes a generation at this moment: ask again")
    }

    /// Brings a generation to where another one stands, or further, from history, as far as both are of the source's
    /// log.
    ///
    /// - Throws: `EventFailure` at an event that cannot be applied where the policy is to pause.
    func bring(
        _ model: any Generation, upTo targets: [Lane: Checkpoint], policy: FailurePolicy,
        progress: (Int64) -> Void = { _ in }
    ) async throws {
        let listed = targets.filter { feed.sources.contains($0.key.source) }
        try await model.catchUp(to: listed, from: feed.history, policy: policy, progress: progress)
    }
}
