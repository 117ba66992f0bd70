public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization

/// The runner of one read model: the thin shell around a ``LaneState`` for each source and partition.
///
/// It takes what is at hand from all lanes, applies it in one transaction, acknowledges, and asks history where a lane
/// wants to know. On a graceful shutdown it applies what it has accepted, acknowledges and lets go.
public final class ProjectionRunner: Service {
    enum Input: Sendable {
        case connected(session: UInt64)
        case disconnected
        case refused(String)
        case messages([(message: IncomingMessage, event: Result<(any DecodedEvent)?, any Error>)])
        case answer(Int, LaneState.Question, Result<Answer, any Error>)
        case applied(RunnerWork.Batch, Result<[EventFailure], any Error>)
        case look(Int)
        case tick
        case letGo
        case goOn
        case waited(lane: Int)
        case pause(Bool)
        case restart
        case stop
    }

    /// What history answered, decoded.
    struct Answer: Sendable {
        /// Without its entries.
        var slice: LogSlice
        var entries: [PostingEntry]
    }

    let name: String
    let readModel: any ReadModel
    let subscription: any Subscription
    let history: any History
    let lanes: RunnerLanes
    let headCheckInterval: Duration
    let longestHold: Duration
    private let policy: FailurePolicy
    private let isFedByQueue: Bool
    private let batchLimit: Int
    let logger: Logger
    let shared: Mutex<ProjectionStatus>
    let metrics: RunnerMetrics?
    let inbox = Mailbox<Input>()
    /// Fires when ``status`` may have changed.
    public let changes = Signal()

    /// - Parameters:
    ///   - headCheckInterval: The time after which history is asked for heads although nothing seems to be missing.
    ///   - longestHold: The time after which messages that cannot be applied are left to history.
    ///   - policy: What happens to events that cannot be applied.
    ///   - isFedByQueue: `true` when the subscription brings messages; otherwise all is read from history, and no
    ///     metrics are kept.
    ///   - batchLimit: The number of entries of one lane that are applied together.
    public init(
        name: String, readModel: any ReadModel, subscription: any Subscription, history: any History,
        sources: [Source], partitionCount: Int, headCheckInterval: Duration = .seconds(30),
        longestHold: Duration = .seconds(30), policy: FailurePolicy = FailurePolicy(), isFedByQueue: Bool = true,
        batchLimit: Int = 5000, logger: Logger
    ) {
        self.name = name
        self.readModel = readModel
        self.subscription = subscription
        self.history = history
        self.headCheckInterval = headCheckInterval
        self.longestHold = longestHold
        self.policy = policy
        self.isFedByQueue = isFedByQueue
        self.batchLimit = batchLimit
        self.logger = logger
        metrics = isFedByQueue ? RunnerMetrics(projection: name) : nil
        lanes = RunnerLanes(sources: sources, partitionCount: partitionCount)
        shared = Mutex(ProjectionStatus(projection: name))
    }

    public var status: ProjectionStatus { shared.withLock { $0 } }

    /// Applies what was accepted, acknowledges, and ends ``run()``.
    public func stop() { inbox.send(.stop) }

    /// Asks history now whether there is more.
    public func look() { inbox.send(.tick) }

    /// Stops applying events, or goes on; then events that could not be applied are tried again.
    public func pause(_ isPaused: Bool) { inbox.send(.pause(isPaused)) }

    /// Lets lanes that have stopped begin again at the read model's checkpoints, and look at the logs again.
    public func restartStopped() { inbox.send(.restart) }

    /// - Throws: ``PartitionCountMismatch``, or what reading the checkpoints threw.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            let states = states(at: try await readModel.checkpoints())
            var work = RunnerWork(states: states, policy: policy, batchLimit: batchLimit)
            await withDiscardingTaskGroup { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask { [self] in
                    do {
                        try await subscription.run { self.inbox.send(self.read($0)) }
                    } catch {
                        if error is CancellationError { return }
                        logger.error("the subscription ended", metadata: ["error": "\(error)"])
                    }
                }
                tasks.addTask { [headCheckInterval, inbox] in
                    for await _ in Ticker(every: headCheckInterval) { inbox.send(.tick) }
                }
                tasks.addTask { [longestHold, inbox] in
                    for await _ in Ticker(every: longestHold / 3) { inbox.send(.letGo) }
                }
                for await _ in inbox.arrivals() {
                    let inputs = inbox.takeAll()
                    for input in inputs { await take(input, &work, &tasks) }
                    if work.isStopping && work.transaction != .underWay { break }
                    // Writers answer, and answers are decoded, while this one applies.
                    if !work.isStopping { ask(&work, &tasks) }
                    apply(&work, &tasks)
                    report(work)
                }
                await applyLast(&work)
            }
            if let failure = work.problems.failure { throw failure }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    func states(at checkpoints: [Lane: Checkpoint]) -> [LaneState] {
        lanes.all.map {
            LaneState(
                lane: $0, partitionCount: lanes.partitionCount, checkpoint: checkpoints[$0],
                isFedByQueue: isFedByQueue, byteLimit: RunnerWork.byteLimit(lanes: lanes.all.count))
        }
    }

    func later(_ wait: Duration, _ input: Input, _ tasks: inout DiscardingTaskGroup) {
        tasks.addTask { [inbox] in
            guard (try? await Task.sleep(for: wait)) != nil else { return }
            inbox.send(input)
        }
    }

    // MARK: What is seen

    private func report(_ work: RunnerWork) {
        let now = Timestamp.now()
        let lanes = work.states.enumerated().map { index, state in
            state.status(at: now, failure: work.failures.failures[index]?.reason)
        }
        var status = ProjectionStatus(projection: name)
        status.isConnected = work.session.isConnected
        status.connectionProblem = work.session.refusal
        status.unreadable = work.problems.unreadable
        status.problem = work.problems.text
        status.isPaused = work.isPaused
        status.lanes = lanes
        shared.withLock { [status] in $0 = status }
        changes.fire()
        metrics?.lag.record(status.lag)
        metrics?.lagSeconds.record(status.lagSeconds)
        metrics?.isWell.record(status.trouble == nil ? 1 : 0)
    }
}
