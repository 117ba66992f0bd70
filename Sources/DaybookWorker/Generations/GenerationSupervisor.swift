import Daybook
import Logging
import ServiceLifecycle
import Synchronization

/// The supervisor of the generations of one read model: runs those that are meant to run, and lets what is built serve.
///
/// What is wanted stands in the generations' records: a build that was begun goes on after any crash, in this process
/// or in another worker of the same read model.
///
/// Its state is behind locks and not in an actor, as health checks and queries look at it without waiting, and as it
/// waits for a generation's end in the middle of a change that nothing else may interrupt.
final class GenerationSupervisor: Sendable {
    let context: ProjectionContext
    let registry = GenerationRegistry()
    /// `false` for an earlier version, whose generations are only fed.
    let isLeading: Bool
    /// Those that feed generations of earlier versions in this process.
    let earlier: [any GenerationFeeder]
    private let watch: GenerationWatch
    /// `true` once the runner that serves was paused because the read model says so.
    private let isPaused = Mutex(false)

    init(context: ProjectionContext, isLeading: Bool, earlier: [any GenerationFeeder]) {
        self.context = context
        self.isLeading = isLeading
        self.earlier = earlier
        watch = GenerationWatch(context: context, registry: registry, isLeading: isLeading)
    }

    // MARK: Looking

    /// The runner that applies events to a generation here; `nil` when none does.
    func runner(of number: Int) -> ProjectionRunner? {
        registry.running.runner(of: number) ?? earlier.lazy.compactMap { $0.runner(of: number) }.first
    }

    /// The runner that applies events here to the generation that serves.
    var servingRunner: ProjectionRunner? { context.store.serving.flatMap(runner) }

    // MARK: Running

    /// Mends what a crash has left, and begins what this code needs and nobody has begun.
    ///
    /// - Throws: `StoreError` when what serves cannot be used.
    func prepare() async throws {
        try context.store.recover()
        context.store.removeLeftScratch()
        if isLeading { try await registry.changing.withLock { try await self.chooseVersion() } }
    }

    /// Runs until it was told to stop and nothing runs any more.
    ///
    /// - Throws: What the runner of the generation that serves throws when it cannot go on; `StoreError` when what
    ///   serves cannot be used.
    func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { tasks in
                try await self.work(&tasks)
                tasks.cancelAll()
            }
        } onGracefulShutdown: {
            self.registry.inbox.send(.stop)
        }
    }

    /// Tries again what could not be done.
    func tick() { registry.inbox.send(.tick) }

    private func work(_ tasks: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        var isStopping = false
        var failure: (any Error)?
        for await _ in registry.inbox.arrivals() {
            for input in registry.inbox.takeAll() {
                switch input {
                case .stop: isStopping = true
                case .failed(let error): failure = error
                case .tick: registry.problems.endRest()
                case .progressed: break
                }
            }
            if failure != nil || isStopping {
                for runner in registry.running.runners() { runner.stop() }
                if registry.running.isEmpty { break }
                continue
            }
            try await registry.changing.withLock { try await self.arrange(&tasks) }
            obeyPause()
        }
        if let failure { throw failure }
    }

    // MARK: Pausing

    /// Does as the read model says, which another worker of it may have changed. A pause of the failure policy stays
    /// until an operator resumes the projection.
    func obeyPause() {
        for feeder in earlier { feeder.obeyPause() }
        isPaused.withLock { isPaused in
            guard context.store.isPaused != isPaused else { return }
            isPaused.toggle()
            for runner in registry.running.runners(where: { $0 == .serving }) { runner.pause(isPaused) }
        }
    }

    /// Lets everything go on that its failure policy has paused.
    func resume() {
        for runner in registry.running.runners() { runner.pause(false) }
        for feeder in earlier { feeder.resume() }
    }

    // MARK: Which generations run

    /// Begins the first generation, or one of this version. Asked once: two workers of different versions would
    /// otherwise take the read model from each other.
    private func chooseVersion() async throws {
        let store = context.store
        let lock = try await context.lockNext()
        defer { withExtendedLifetime(lock) {} }
        let own = try store.summaries().filter { $0.version == context.projection.version }
        let serves = own.contains { $0.number == store.serving }
        if serves || own.contains(where: { $0.record.role == .building }) { return }
        // Rows of this version that served before need only catch up.
        guard let earlier = own.last else {
            try store.create(GenerationRecord(role: .building), skipping: context.skippedEvents())
            return
        }
        try await store.open(earlier.number).update { $0 = GenerationRecord(role: .building) }
    }

    /// Sees to it that what should run runs, and that what is built serves.
    private func arrange(_ tasks: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        let (generations, damaged) = try survey()
        if isLeading { for file in damaged { watch.leave(file.number, after: file.error) } }
        let running = registry.running.withAll { $0.mapValues { (role: $0.role, runner: $0.runner) } }
        // Another worker may have removed what is fed here.
        let known = Set(generations.map(\.number))
        for (number, generation) in running where !known.contains(number) { generation.runner.stop() }
        registry.problems.keep(known)
        let serves = running.values.contains { $0.role == .serving }
        for generation in generations where generation.version == context.projection.version {
            let (number, role) = (generation.number, generation.record.role)
            if let running = running[number] {
                // What ends is started again in its new role.
                if running.role != role { running.runner.stop() }
                // Another worker may have been asked.
                if generation.record.toleratesFailures, registry.problems.isStopped(number) {
                    watch.buildCheck.resume(number)
                }
            } else if role == .serving ? !serves : !registry.problems.isFailed(number) {
                do { try await start(generation, &tasks) } catch let error where role != .serving {
                    watch.leave(number, after: error)
                }
            }
        }
        if isLeading, let built = builtModel() { try await promotion.complete(built) }
    }

    private func survey() throws -> (generations: [GenerationSummary], damaged: [DamagedGeneration]) {
        let found = try context.store.survey()
        guard context.store.isBetweenTwo(found.generations) else { return found }
        try context.store.recover()
        return try context.store.survey()
    }

    /// A build that has read everything, and has not been looked at since.
    private func builtModel() -> (any Generation)? {
        registry.running.withAll { [problems = registry.problems] running in
            running.first { number, generation in
                generation.role == .building && !problems.isSettled(number) && generation.runner.status.isBuilt
            }?.value.model
        }
    }

    var promotion: Promotion { Promotion(context: context, registry: registry, buildCheck: watch.buildCheck) }

    // MARK: Starting and ending

    private func start(
        _ generation: GenerationSummary, _ tasks: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let (number, role) = (generation.number, generation.record.role)
        let lock = try role == .serving ? nil : context.store.lock(number)
        if role != .serving && lock == nil { return }
        let model = try context.store.open(number)
        try await model.countCrash()
        let runner = context.runner(of: model, role: role)
        registry.problems.clearWithStart(number)
        let applied = generation.progress.posted(of: context.feed.sources)
        registry.running.add(
            RunningGeneration(
                model: model, runner: runner, role: role, lock: lock, beginning: .init(applied: applied)),
            number: number)
        // Not before it is among those that run: who pauses the projection at this moment finds it there.
        if role == .serving, context.store.isPaused { runner.pause(true) }
        tasks.addTask { [self] in
            do {
                try await withThrowingTaskGroup(of: Void.self) { both in
                    both.addTask { await self.watch.follow(runner, number: number, role: role) }
                    // The code may have been mended since.
                    if role == .building { try await model.retryAllParked() }
                    try await runner.run()
                    both.cancelAll()
                }
                ended(number, with: nil)
            } catch {
                ended(number, with: error)
            }
        }
    }

    /// Notes the end of a generation here. After an error of the one that serves this process cannot go on.
    func ended(_ number: Int, with error: (any Error)?) {
        let isFatal = registry.running.role(of: number) == .serving || error is PartitionCountMismatch
        if let error, !isFatal { watch.leave(number, after: error) }
        let failure = isFatal ? error : nil
        registry.running.remove(number, throwing: failure)
        registry.inbox.send(failure.map { .failed($0) } ?? .progressed)
    }

    /// Stops what feeds these generations here, and waits for its end.
    ///
    /// - Returns: Their locks: while they are kept, no other worker feeds one of them.
    func stop(_ numbers: [Int]) async throws -> [Int: GenerationLock] {
        let locks = registry.running.locks(of: numbers)
        for number in numbers {
            guard let runner = registry.running.runner(of: number) else { continue }
            runner.stop()
            try await registry.running.waitForEnd(of: number)
        }
        return locks
    }

    /// Runs `body` while nothing of these generations is fed here.
    func releasing(_ numbers: [Int], _ body: () async throws -> Void) async throws {
        defer { registry.inbox.send(.progressed) }
        try await registry.changing.withLock {
            _ = try await stop(numbers)
            try await body()
        }
    }
}

extension ProjectionContext {
    /// - Parameter role: Only what serves is fed by the queue.
    fileprivate func runner(of model: any Generation, role: GenerationRole) -> ProjectionRunner {
        ProjectionRunner(
            name: projection.name, readModel: model,
            subscription: role == .serving ? feed.subscription : HistoryOnly(), history: feed.history,
            sources: feed.sources, partitionCount: feed.partitionCount, headCheckInterval: feed.headCheckInterval,
            policy: feed.policy, isFedByQueue: role == .serving, logger: logger)
    }
}
