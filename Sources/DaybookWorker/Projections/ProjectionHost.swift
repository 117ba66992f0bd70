public import Daybook
import DaybookAPI
public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization

/// Keeps the generations of one read model: posts to the one that serves, builds the next one beside it from history,
/// and lets it take over.
///
/// What is wanted stands in the generations' records: a build that was begun goes on after any crash, in this process
/// or in another worker of the same read model.
public final class ProjectionHost: Service {
    enum Input: Sendable {
        case ended(Int, (any Error)?)
        /// What serves has ended with an error while its end was waited for.
        case failed(any Error)
        case progressed
        /// What serves is to be compared with a replay.
        case compare(Int)
        case tick
        case stop
    }

    /// A generation that this process posts to.
    struct Member: Sendable {
        let model: any Generation
        let runner: ProjectionRunner
        let role: GenerationRole
        /// Keeps other workers from feeding it too; the one that serves is fed by whoever has the queue.
        let lock: GenerationLock?
        let since = ContinuousClock.now
        let postedBefore: Int64
        /// Whether it has its indexes, and is on the disk.
        var isFinished = false
    }

    /// Why a generation does not serve, although it could.
    struct GenerationProblem: Sendable, Equatable {
        let reason: String
        /// Whether it is over when the generation runs again. Otherwise it is when it takes over.
        var endsWithStart = false
        /// Whether it is a build that was stopped, and may go on once its record says so.
        var isStop = false
    }

    /// What is left alone until the next look.
    struct Resting: Sendable {
        /// Generations that could not go on, or not be read.
        var failed: Set<Int> = []
        /// Builds with which all was done that can be: they are held, or could not take over.
        var settled: Set<Int> = []
    }

    let store: any ReadModelStore
    let feed: ProjectionFeed
    let logger: Logger
    let projection: ProjectionDescription
    let reader: any ServingRows
    /// Whether it makes generations and lets them serve. Otherwise it only feeds those of its version.
    let isLeading: Bool
    /// Those that feed generations of earlier versions in this process.
    let earlier: [any GenerationFeeder]
    let inbox = Mailbox<Input>()
    /// The generations that run here.
    let members = Mutex<[Int: Member]>([:])
    let resting = Mutex(Resting())
    /// Why generations that do not serve cannot go on, or not take over.
    let problems = Mutex<[Int: GenerationProblem]>([:])
    /// One thing at a time changes which generations there are.
    let changing = AsyncMutex()
    let rate = PostingRate()
    let gauges: (generation: Gauge, parked: Gauge)
    /// One generation at a time is built to be thrown away.
    let trying = AsyncMutex()
    let lastComparison = Mutex<ComparisonResponse?>(nil)
    /// Whether the runner that serves was told to pause because the read model says so.
    private let isPaused = Mutex(false)

    /// Keeps the generations of a read model. Nothing is opened before ``run()``.
    public convenience init(store: any ReadModelStore, feed: ProjectionFeed, logger: Logger) {
        self.init(store: store, feed: feed, isLeading: true, earlier: [], logger: logger)
    }

    /// - Parameters:
    ///   - isLeading: `false` for an earlier version, whose generations are only fed.
    ///   - earlier: What feeds generations of earlier versions; run beside this one.
    init(
        store: any ReadModelStore, feed: ProjectionFeed, isLeading: Bool, earlier: [any GenerationFeeder],
        logger: Logger
    ) {
        self.store = store
        self.feed = feed
        self.isLeading = isLeading
        self.earlier = earlier
        self.logger = logger
        projection = store.projection
        reader = store.servingRows
        let dimensions = [("projection", projection.name)]
        gauges = (
            Gauge(label: "daybook_projection_generation", dimensions: dimensions),
            Gauge(label: "daybook_projection_parked_events", dimensions: dimensions)
        )
    }

    /// - Throws: `StoreError` when what serves cannot be used; what its runner throws when it cannot go on.
    public func run() async throws {
        try store.recover()
        store.removeLeftScratch()
        if isLeading { try await changing.withLock { try await self.chooseVersion() } }
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { tasks in
                tasks.addTask { [inbox, interval = feed.headCheckInterval] in
                    for await _ in Ticker(every: interval) { inbox.send(.tick) }
                }
                // Beside what arranges generations, as a file may be written anew for it.
                tasks.addTask { [self] in
                    await ErasableFile.eraseRemains(
                        of: { self.erasableFiles }, every: feed.headCheckInterval, logger)
                }
                try await self.work(&tasks)
                tasks.cancelAll()
            }
        } onGracefulShutdown: {
            self.inbox.send(.stop)
        }
    }

    private func work(_ tasks: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        var isStopping = false
        var failure: (any Error)?
        for await _ in inbox.arrivals() {
            for input in inbox.takeAll() {
                switch input {
                case .stop: isStopping = true
                case .ended(let number, let error): failure = ended(number, error) ?? failure
                case .failed(let error): failure = error
                case .compare(let number): tasks.addTask { await self.compareReplay(with: number) }
                case .tick:
                    resting.withLock { $0 = Resting() }
                    if isLeading { measureFrozen() }
                case .progressed: break
                }
            }
            if failure != nil || isStopping {
                for runner in runners() { runner.stop() }
                if members.withLock({ $0.isEmpty }) { break }
                continue
            }
            try await changing.withLock { try await self.arrange(&tasks) }
            obeyPause()
        }
        if let failure { throw failure }
    }

    /// Does as the read model says, which another worker of it may have changed. A pause of the failure policy stays
    /// until an operator resumes the projection.
    func obeyPause() {
        for feeder in earlier { feeder.obeyPause() }
        isPaused.withLock { isPaused in
            guard store.isPaused != isPaused else { return }
            isPaused.toggle()
            for runner in runners(where: { $0 == .serving }) { runner.pause(isPaused) }
        }
    }

    /// What posts here to generations of some roles. Whoever kept members would keep their locks.
    func runners(where isMeant: (GenerationRole) -> Bool = { _ in true }) -> [ProjectionRunner] {
        members.withLock { $0.values.filter { isMeant($0.role) }.map(\.runner) }
    }

    /// - Returns: An error with which this process cannot go on: that of the generation that serves.
    func ended(_ number: Int, _ error: (any Error)?) -> (any Error)? {
        let member = members.withLock { $0.removeValue(forKey: number) }
        guard let error else { return nil }
        if member?.role == .serving || error is PartitionCountMismatch { return error }
        leave(number, error)
        return nil
    }

    /// A generation that does not serve cannot go on.
    func leave(_ number: Int, _ error: any Error) {
        if resting.withLock({ $0.failed.insert(number).inserted }) { log(error, number) }
    }

    func log(_ error: any Error, _ number: Int, endsWithStart: Bool = true) {
        problems.withLock { $0[number] = GenerationProblem(reason: "\(error)", endsWithStart: endsWithStart) }
        logger.error(
            "a generation cannot go on, trying again later",
            metadata: ["projection": "\(projection.name)", "generation": "\(number)", "error": "\(error)"])
    }

    // MARK: Which generations run

    /// Begins what this code needs and nobody has begun: the first generation, or one of its own version. Asked once:
    /// two workers of different versions would otherwise take the read model from each other.
    private func chooseVersion() async throws {
        let lock = try await lockNext()
        defer { withExtendedLifetime(lock) {} }
        let generations = try store.summaries()
        let own = generations.filter { $0.version == projection.version }
        let serves = own.contains { $0.number == store.serving }
        if serves || own.contains(where: { $0.record.role == .building }) { return }
        // Rows of this version that served before need only catch up.
        guard let earlier = own.last else {
            try store.create(GenerationRecord(role: .building), skipping: skippedEvents())
            return
        }
        try await store.open(earlier.number).update { $0 = GenerationRecord(role: .building) }
    }

    /// Sees to it that what should run runs, and that what is built serves.
    private func arrange(_ tasks: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        var (generations, damaged) = try store.survey()
        if store.isBetweenTwo(generations) {
            try store.recover()
            (generations, damaged) = try store.survey()
        }
        if isLeading { for file in damaged { leave(file.number, file.error) } }
        let running = members.withLock { $0.mapValues { (role: $0.role, runner: $0.runner) } }
        // Another worker may have removed what is fed here.
        let known = Set(generations.map(\.number))
        for (number, member) in running where !known.contains(number) { member.runner.stop() }
        problems.withLock { problems in problems = problems.filter { known.contains($0.key) } }
        let serves = running.values.contains { $0.role == .serving }
        let (failed, settled) = resting.withLock { ($0.failed, $0.settled) }
        for generation in generations where generation.version == projection.version {
            let (number, role) = (generation.number, generation.record.role)
            if let member = running[number] {
                // What ends is started anew in its new role.
                if member.role != role { member.runner.stop() }
                // Another worker may have been asked.
                if generation.record.toleratesFailures, isStopped(number) { resumeBuild(number) }
            } else if role == .serving ? !serves : !failed.contains(number) {
                do { try await start(generation, &tasks) } catch let error where role != .serving {
                    leave(number, error)
                }
            }
        }
        let built = members.withLock { members in
            members.first { number, member in
                member.role == .building && !settled.contains(number) && member.runner.status.isBuilt
            }?.value.model
        }
        if isLeading, let built { try await complete(built.number, built) }
    }

    /// What is skipped in the generation that serves. What was skipped once is skipped in every later one.
    func skippedEvents() throws -> [SkippedEvent] {
        try store.serving.map { try store.skippedEvents(in: $0) } ?? []
    }

    private func start(
        _ generation: GenerationSummary, _ tasks: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let (number, role) = (generation.number, generation.record.role)
        let lock = try role == .serving ? nil : store.lock(number)
        if role != .serving && lock == nil { return }
        let model = try store.open(number)
        try await model.countCrash()
        let runner = ProjectionRunner(
            name: projection.name, readModel: model,
            subscription: role == .serving ? feed.subscription : HistoryOnly(), history: feed.history,
            sources: feed.sources, partitionCount: feed.partitionCount, headCheckInterval: feed.headCheckInterval,
            policy: feed.policy, isFedByQueue: role == .serving, logger: logger)
        if role == .serving, store.isPaused { runner.pause(true) }
        problems.withLock { if $0[number]?.endsWithStart == true { $0[number] = nil } }
        members.withLock {
            $0[number] = Member(
                model: model, runner: runner, role: role, lock: lock,
                postedBefore: generation.progress.posted(of: feed.sources))
        }
        tasks.addTask { [self] in
            do {
                try await withThrowingTaskGroup(of: Void.self) { both in
                    both.addTask { await self.follow(runner, number, role) }
                    // The code may have been mended since.
                    if role == .building { try await model.retryAllParked() }
                    try await runner.run()
                    both.cancelAll()
                }
                inbox.send(.ended(number, nil))
            } catch {
                inbox.send(.ended(number, error))
            }
        }
    }
}

/// For generations that nobody's queue feeds: everything is read from history.
struct HistoryOnly: Subscription {
    func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
        report(.connected(session: 1))
        while true { try await Task.sleep(for: .seconds(86_400)) }
    }

    func acknowledge(_ receipts: [Receipt]) async {}

    func reconnect() async {}
}
