public import Daybook
public import DaybookSQLite
public import Logging
public import ServiceLifecycle
import Synchronization

/// Keeps the generations of one read model: posts to the one that serves, builds the next one beside it from history,
/// and lets it take over.
///
/// What is wanted stands in the generations' files: a build that was begun goes on after any crash, in this process or
/// in another worker of the same read model.
public final class ProjectionHost<Projection: SQLiteProjection>: Service {
    /// Where events come from, and how they are posted.
    public struct Feed: Sendable {
        public var subscription: any Subscription
        public var history: any History
        public var sources: [Source]
        public var partitionCount: Int
        public var headCheckInterval: Duration
        public var policy: FailurePolicy

        public init(
            subscription: any Subscription, history: any History, sources: [Source], partitionCount: Int,
            headCheckInterval: Duration = .seconds(30), policy: FailurePolicy = FailurePolicy()
        ) {
            self.subscription = subscription
            self.history = history
            self.sources = sources
            self.partitionCount = partitionCount
            self.headCheckInterval = headCheckInterval
            self.policy = policy
        }
    }

    enum Input: Sendable {
        case ended(Int, (any Error)?)
        case progressed
        case tick
        case stop
    }

    /// A generation that this process posts to.
    struct Member: Sendable {
        let model: SQLiteReadModel<Projection>
        let runner: ProjectionRunner
        let role: GenerationRole
        /// Keeps other workers from feeding it too; the one that serves is fed by whoever has the queue.
        let claim: FeedClaim?
        let since = ContinuousClock.now
        let postedBefore: Int64
    }

    let folder: ReadModelFolder
    let feed: Feed
    let logger: Logger
    let projection: Projection
    let reader: ServingReader
    let inbox = Mailbox<Input>()
    /// The generations that run here.
    let members = Mutex<[Int: Member]>([:])
    /// One thing at a time changes which generations there are.
    let changing = AsyncMutex()
    private let isStopping = Mutex(false)

    /// - Throws: When the folder cannot be made.
    public init(projection: Projection, folder: String, feed: Feed, logger: Logger) throws {
        self.projection = projection
        self.folder = try ReadModelFolder(folder)
        self.feed = feed
        self.logger = logger
        reader = ServingReader(self.folder)
    }

    /// - Throws: `StoreError` when a file cannot be used; what a runner throws when it cannot go on.
    public func run() async throws {
        try folder.recover()
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { tasks in
                tasks.addTask { [inbox, interval = feed.headCheckInterval] in
                    while (try? await Task.sleep(for: interval)) != nil { inbox.send(.tick) }
                }
                var failure: (any Error)?
                loop: for await _ in inbox.arrivals() {
                    for input in inbox.takeAll() {
                        if case .stop = input { isStopping.withLock { $0 = true } }
                        if case .ended(let number, let error) = input {
                            members.withLock { $0[number] = nil }
                            failure = failure ?? error
                        }
                    }
                    if failure != nil || isStopping.withLock({ $0 }) {
                        for member in members.withLock({ $0.values }) { member.runner.stop() }
                        if members.withLock({ $0.isEmpty }) { break loop }
                        continue
                    }
                    try await changing.withLock { try await self.arrange(&tasks) }
                }
                tasks.cancelAll()
                if let failure { throw failure }
            }
        } onGracefulShutdown: {
            self.inbox.send(.stop)
        }
    }

    // MARK: Which generations run

    /// Sees to it that what should run runs, and that what is built serves.
    private func arrange(_ tasks: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        var generations = try folder.generations()
        let serving = generations.first { $0.number == folder.serving }
        let next = generations.last { $0.number > (serving?.number ?? 0) && $0.version == Projection.version }
        if serving?.version != Projection.version && next == nil {
            // Another version of the projection needs other rows; the old ones go on serving meanwhile.
            let earlier = generations.last { $0.version == Projection.version && $0.number != serving?.number }
            if let earlier {
                try await open(earlier.number).update { $0.role = .building }
            } else {
                try await create(GenerationRecord(role: .building))
            }
            generations = try folder.generations()
        }
        let isRunning = members.withLock { Set($0.keys) }
        for generation in generations
        where generation.version == Projection.version && !isRunning.contains(generation.number) {
            try await start(generation, &tasks)
        }
        let built = members.withLock { members in
            members.first { $0.value.role == .building && $0.value.runner.status.isBuilt }
        }
        if let (number, member) = built { try await complete(number, member) }
    }

    func open(_ number: Int) throws -> SQLiteReadModel<Projection> {
        try SQLiteReadModel(
            in: folder, number: number, projection: projection, new: GenerationRecord(role: .building))
    }

    /// Makes the next generation.
    @discardableResult
    func create(_ record: GenerationRecord) async throws -> Int {
        let number = (folder.numbers.last ?? 0) + 1
        let model = try SQLiteReadModel(in: folder, number: number, projection: projection, new: record)
        // What was skipped once is skipped in every later generation.
        if let serving = folder.serving, let present = try? open(serving) {
            for (source, id) in try await present.skippedEvents() { try await model.skip(id, of: source) }
        }
        return number
    }

    private func start(
        _ generation: GenerationFile, _ tasks: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let role = generation.record.role
        let claim = role == .serving ? nil : folder.claim(generation.number)
        if role != .serving && claim == nil { return }
        let model = try open(generation.number)
        let runner = ProjectionRunner(
            name: Projection.name, readModel: model,
            subscription: role == .serving ? feed.subscription : HistoryOnly(), history: feed.history,
            sources: feed.sources, partitionCount: feed.partitionCount, headCheckInterval: feed.headCheckInterval,
            policy: feed.policy, isFedByQueue: role == .serving, logger: logger)
        if role == .serving, folder.isPaused { runner.pause(true) }
        members.withLock {
            $0[generation.number] = Member(
                model: model, runner: runner, role: role, claim: claim, postedBefore: generation.posted)
        }
        tasks.addTask { [inbox] in
            do {
                try await runner.run()
                inbox.send(.ended(generation.number, nil))
            } catch {
                inbox.send(.ended(generation.number, error))
            }
        }
        tasks.addTask { [self] in await follow(runner, role) }
    }

    /// Passes on that a runner has moved: to those that follow the one that serves, and to who waits for a build.
    private func follow(_ runner: ProjectionRunner, _ role: GenerationRole) async {
        var isAgain = false
        for await _ in runner.changes.listen() {
            switch role {
            case .building: if runner.status.isBuilt { inbox.send(.progressed) }
            case .serving:
                // The first word comes with listening, and says nothing.
                if isAgain {
                    for member in members.withLock({ $0.values }) where member.role != .serving { member.runner.look() }
                    try? await Task.sleep(for: .milliseconds(200))
                }
                isAgain = true
            case .previous: break
            }
            if Task.isCancelled { return }
        }
    }

    // MARK: Taking over

    /// A build has caught up: it is made whole, and takes over unless it is held.
    private func complete(_ number: Int, _ member: Member) async throws {
        try await member.model.finish()
        let record = try await member.model.record()
        if record.isHeld || record.refusal != nil { return }
        do {
            try await promote(number)
            logger.info(
                "another generation serves", metadata: ["projection": "\(Projection.name)", "generation": "\(number)"])
        } catch let refusal as PromotionRefused {
            try await member.model.update { $0.refusal = refusal.description }
            logger.error("\(refusal)", metadata: ["projection": "\(Projection.name)", "generation": "\(number)"])
        }
    }

    /// Lets a generation serve: fences off the present one, brings the next one up to it, and moves the link.
    func promote(_ number: Int) async throws {
        let running = members.withLock { $0 }
        let ended = [folder.serving, number].compactMap { $0 }.filter { running[$0] != nil }
        for number in ended { running[number]?.runner.stop() }
        for number in ended { try await untilEnded(number) }
        defer { inbox.send(.progressed) }
        try await folder.promote(number) { present in
            let next = try open(number)
            guard let present, try GenerationFile(present, in: folder)?.version == Projection.version else { return }
            let old = try open(present)
            try await bring(next, upTo: old)
            try await bring(old, upTo: next)
            let record = try await next.record()
            let differences = try GenerationComparison.differences(folder.file(present), folder.file(number))
            if !differences.isEmpty {
                let text = differences.map(\.description).joined(separator: "; ")
                logger.warning(
                    "the generations differ", metadata: ["projection": "\(Projection.name)", "differences": "\(text)"])
                if record.requiresEqual { throw PromotionRefused("generation \(number) differs: \(text)") }
            }
        }
    }

    /// Waits until a runner here has posted last and let go.
    func untilEnded(_ number: Int) async throws {
        for _ in 0..<600 {
            for input in inbox.takeAll() {
                if case .ended(let ended, let error) = input {
                    members.withLock { $0[ended] = nil }
                    if let error { throw error }
                } else {
                    inbox.send(input)
                }
            }
            if members.withLock({ $0[number] == nil }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw PromotionRefused("generation \(number) does not let go")
    }

    /// Brings a generation to where another one stands, from history.
    private func bring(
        _ model: SQLiteReadModel<Projection>, upTo other: SQLiteReadModel<Projection>
    ) async throws {
        let targets = try await other.checkpoints()
        let own = try await model.checkpoints()
        for (lane, target) in targets {
            var checkpoint = own[lane]
            while (checkpoint?.offset ?? .zero) < target.offset {
                // A log that was restored meanwhile has nothing in common with what was posted of the old one.
                if let checkpoint, checkpoint.epoch != target.epoch { break }
                let slice = try await feed.history.slice(
                    of: lane.source, lane.partition, after: checkpoint?.offset ?? .zero, limit: 1000)
                let entries = slice.entries.prefix { $0.offset <= target.offset }
                guard slice.epoch == target.epoch, let last = entries.last else { break }
                checkpoint = try await post(Array(entries), last, slice.epoch, lane, checkpoint, to: model)
            }
        }
    }

    private func post(
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

/// Why a generation does not take over.
struct PromotionRefused: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// For generations that nobody's queue feeds: everything is read from history.
private struct HistoryOnly: Subscription {
    func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
        report(.connected(session: 1))
        while true { try await Task.sleep(for: .seconds(86_400)) }
    }

    func acknowledge(_ receipts: [Receipt]) async {}

    func reconnect() async {}
}
