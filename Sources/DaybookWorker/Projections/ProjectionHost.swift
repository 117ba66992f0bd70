public import Daybook
import DaybookAPI
public import Logging
public import ServiceLifecycle

/// The host of a projection: applies events to the generation that serves, builds the next one beside it from history,
/// and lets it take over.
public final class ProjectionHost: Service {
    let supervisor: GenerationSupervisor
    let scratch: ScratchGenerations
    let comparison: ReplayComparison
    private let rate = PostingRate()

    /// Keeps the generations of a read model. Nothing is opened before ``run()``.
    public convenience init(store: any ReadModelStore, feed: ProjectionFeed, logger: Logger) {
        self.init(store: store, feed: feed, isLeading: true, earlier: [], logger: logger)
    }

    /// - Parameters:
    ///   - isLeading: `true` to make generations and let them serve; `false` for an earlier version, whose generations
    ///     are only fed.
    ///   - earlier: The hosts of earlier versions, to be run beside this one.
    init(
        store: any ReadModelStore, feed: ProjectionFeed, isLeading: Bool, earlier: [any GenerationFeeder],
        logger: Logger
    ) {
        let context = ProjectionContext(store: store, feed: feed, logger: logger)
        supervisor = GenerationSupervisor(context: context, isLeading: isLeading, earlier: earlier)
        scratch = ScratchGenerations(context: context)
        comparison = ReplayComparison(scratch: scratch)
    }

    // MARK: Parts

    var context: ProjectionContext { supervisor.context }
    var store: any ReadModelStore { context.store }
    var projection: ProjectionDescription { context.projection }
    var operations: ProjectionOperations { ProjectionOperations(supervisor: supervisor) }
    var rows: RowStream { RowStream(scratch: scratch) }
    var tokenQueries: TokenQueries { TokenQueries(supervisor: supervisor) }
    var serving: ServingGeneration { ServingGeneration(context: context, running: supervisor.registry.running) }
    private var reporter: ProjectionReporter { ProjectionReporter(supervisor: supervisor, rate: rate) }

    // MARK: Running

    /// - Throws: `StoreError` when what serves cannot be used; what its runner throws when it cannot go on.
    public func run() async throws {
        try await supervisor.prepare()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { [self] in
                for await _ in Ticker(every: context.feed.headCheckInterval) {
                    supervisor.tick()
                    if supervisor.isLeading { reporter.measureFrozen() }
                }
            }
            // Beside what arranges generations, as a file may be written anew for it.
            tasks.addTask { [self] in
                await ErasableFile.erasePending(
                    of: { self.supervisor.registry.running.erasableFiles(of: self.name) },
                    every: context.feed.headCheckInterval, context.logger)
            }
            tasks.addTask { [comparison] in await comparison.run() }
            try await supervisor.run()
        }
    }

    /// Asks for a comparison of what serves with a replay, unless one is under way.
    ///
    /// - Throws: `NothingServes`; ``OperationRefused`` when what serves is of another version.
    func beginComparison() throws { comparison.begin(with: try serving.model().number) }

    /// Measures what serves while it is of another version and not fed here: nobody else does.
    func measureFrozen() { reporter.measureFrozen() }
}

extension ProjectionHost: Operated {
    var name: String { projection.name }

    /// The status of the generation that serves; before there is one, of the one that is built.
    public var status: ProjectionStatus { reporter.status }

    func report() async throws -> ProjectionReport { try await reporter.report() }

    func setPaused(_ isPaused: Bool) async throws { try await operations.setPaused(isPaused) }

    func reset() async throws { try await operations.reset() }

    func parked(_ selection: ParkedSelection) async throws -> ParkedPage { try await serving.parked(selection) }

    func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        try await serving.retryParked(stream, of: source)
    }

    func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        try await serving.skipParked(stream, of: source)
    }

    func unreadableMessages() throws -> (any UnreadableMessageStore)? { try serving.unreadableMessages() }
}

extension ProjectionHost: GenerationFeeder {
    func runner(of number: Int) -> ProjectionRunner? { supervisor.runner(of: number) }

    func obeyPause() { supervisor.obeyPause() }

    func resume() { supervisor.resume() }

    func releasing(_ numbers: [Int], _ body: () async throws -> Void) async throws {
        try await supervisor.releasing(numbers, body)
    }
}

extension RunningGenerations {
    /// The generations from which this process erases what is left of forgotten streams: those that it feeds. Where
    /// another one applies all of what serves, it is left to that. A build is erased from when it is finished.
    fileprivate func erasableFiles(of projection: String) -> [ErasableFile] {
        withAll { running in
            running.compactMap { number, generation -> ErasableFile? in
                let isFedHere = generation.runner.status.lanes.contains { !$0.isStandby }
                guard isFedHere, generation.role != .building || generation.isFinished else { return nil }
                return ErasableFile(metadata: ["projection": "\(projection)", "generation": "\(number)"]) {
                    [model = generation.model] in try await model.erasePending()
                }
            }
        }
    }
}
