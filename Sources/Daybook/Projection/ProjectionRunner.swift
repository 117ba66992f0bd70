public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization

/// Keeps one read model: the thin shell around a ``LaneState`` for each source and partition.
///
/// It takes what is at hand from all lanes, posts it in one transaction, acknowledges, and asks history where a lane
/// wants to know. On a graceful shutdown it posts what it has accepted, acknowledges and lets go.
public final class ProjectionRunner: Service {
    enum Input: Sendable {
        case connected(session: UInt64)
        case disconnected
        case refused(String)
        case messages([(message: IncomingMessage, event: Result<(any DecodedEvent)?, any Error>)])
        case answer(Int, LaneState.Question, Result<Answer, any Error>)
        case posted(RunnerWork.Batch, Result<[EventFailure], any Error>)
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
    private let history: any History
    private let sources: [Source]
    /// Source by source; what is known of each has the same index.
    private let lanes: [Lane]
    private let partitionCount: Int
    private let headCheckInterval: Duration
    let longestHold: Duration
    private let policy: FailurePolicy
    private let isFedByQueue: Bool
    private let batchLimit: Int
    let logger: Logger
    private let shared: Mutex<ProjectionStatus>
    let metrics: RunnerMetrics?
    let inbox = Mailbox<Input>()
    /// Fires when ``status`` may have changed.
    public let changes = Signal()

    /// Questions that may be open to one source.
    private static let openQuestions = 4

    /// - Parameters:
    ///   - headCheckInterval: How often history is asked for heads although nothing seems to be missing.
    ///   - longestHold: How long messages are kept that cannot be posted, before they are left to history.
    ///   - policy: What happens to events that cannot be posted.
    ///   - isFedByQueue: Whether the subscription brings anything; otherwise all is read from history, and no metrics
    ///     are kept.
    ///   - batchLimit: How many entries of one lane are posted together.
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
        self.partitionCount = partitionCount
        self.headCheckInterval = headCheckInterval
        self.longestHold = longestHold
        self.policy = policy
        self.isFedByQueue = isFedByQueue
        self.batchLimit = batchLimit
        self.logger = logger
        self.sources = sources
        metrics = isFedByQueue ? RunnerMetrics(projection: name) : nil
        lanes = sources.flatMap { source in
            Partition.all(partitionCount).map { Lane(source: source, partition: $0) }
        }
        shared = Mutex(ProjectionStatus(projection: name))
    }

    public var status: ProjectionStatus { shared.withLock { $0 } }

    /// Posts what was accepted, acknowledges, and ends ``run()``.
    public func stop() { inbox.send(.stop) }

    /// Asks history now whether there is more.
    public func look() { inbox.send(.tick) }

    /// Stops posting, or goes on; then events that could not be posted are tried anew.
    public func pause(_ isPaused: Bool) { inbox.send(.pause(isPaused)) }

    /// Lets lanes that have stopped begin anew at the read model's checkpoints, and look at the logs again.
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
                    for input in inputs { await receive(input, &work, &tasks) }
                    if work.isStopping && !work.isPosting { break }
                    // Writers answer, and answers are decoded, while this one posts.
                    if !work.isStopping { ask(&work, &tasks) }
                    post(&work, &tasks)
                    report(work)
                }
                await postLast(&work)
            }
            if let failure = work.failure { throw failure }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    func states(at checkpoints: [Lane: Checkpoint]) -> [LaneState] {
        lanes.map {
            LaneState(
                lane: $0, partitionCount: partitionCount, checkpoint: checkpoints[$0], isFedByQueue: isFedByQueue,
                byteLimit: RunnerWork.byteLimit(lanes: lanes.count))
        }
    }

    /// Decodes where it comes in, beside the task that posts.
    private func read(_ event: SubscriptionEvent) -> Input {
        switch event {
        case .connected(let session): .connected(session: session)
        case .disconnected: .disconnected
        case .refused(let reason): .refused(reason)
        case .messages(let messages):
            .messages(
                messages.map { message in
                    guard case .entry(_, _, let entry) = message.content else { return (message, .success(nil)) }
                    return (message, decode(entry))
                })
        }
    }

    private func decode(_ entry: LogEntry) -> Result<(any DecodedEvent)?, any Error> {
        do { return .success(try readModel.decode(entry)) } catch let error as LaterSchemaVersion {
            // The message is as it should be, and history has the same: the event is parked in its turn.
            return .success(UndecodableEvent(error))
        } catch {
            return .failure(error)
        }
    }

    func index(_ source: Source, _ partition: Partition) -> Int? {
        guard let place = sources.firstIndex(of: source), partition.index < partitionCount else { return nil }
        return place * partitionCount + partition.index
    }

    // MARK: What happens

    private func receive(
        _ input: Input, _ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup
    ) async {
        switch input {
        case .connected(let session):
            work.endSession()
            work.session = session
            work.isConnected = true
            work.refusal = nil
            for lane in lanes.indices { work.states[lane].reconnected() }
        case .disconnected:
            work.isConnected = false
            (work.fed, work.compared) = ([], [])
        case .refused(let reason): work.refusal = reason
        case .messages(let messages):
            await takeOver(messages.map(\.message), &work)
            for (message, event) in messages where message.receipt.session == work.session {
                receive(message, event, &work)
            }
        case .answer(let lane, let question, let result): receive(lane, question, result, &work)
        case .posted(let batch, let result): await posted(batch, result, &work, &tasks)
        case .look(let lane):
            work.pendingLooks.remove(lane)
            await lookAround([lane], &work)
        case .tick: await lookAround(Array(lanes.indices), &work)
        case .letGo: await letGoOfWhatIsHeld(&work)
        case .goOn: work.isRetryPending = false
        case .waited(let lane): work.failures.waited(lane)
        case .pause(let isPaused):
            work.isPaused = isPaused
            if !isPaused {
                work.failures.forgive()
                work.problem = nil
            }
        case .restart:
            guard let checkpoints = await checkpoints(&work) else { return }
            for lane in lanes.indices { work.states[lane].restart(at: checkpoints[lanes[lane]]) }
        case .stop: work.isStopping = true
        }
    }

    /// The first messages of a lane may mean that another worker has posted it until now. Asking the read model first
    /// is cheaper than being fenced.
    private func takeOver(_ messages: [IncomingMessage], _ work: inout RunnerWork) async {
        let lanes = Set(
            messages.compactMap { message -> Int? in
                guard case .entry(let source, _, _) = message.content else { return nil }
                return index(source, message.receipt.partition)
            })
        work.fed.formUnion(lanes)
        let fresh = lanes.subtracting(work.compared)
        // While a transaction is under way it may be this worker that moves the checkpoints.
        guard !fresh.isEmpty, !work.isPosting, let checkpoints = try? await readModel.checkpoints() else { return }
        work.compared.formUnion(fresh)
        for lane in fresh { work.states[lane].takeOver(at: checkpoints[self.lanes[lane]]) }
    }

    private func receive(
        _ message: IncomingMessage, _ event: Result<(any DecodedEvent)?, any Error>, _ work: inout RunnerWork
    ) {
        let receipt = message.receipt
        work.acknowledgements[receipt.partition, default: AcknowledgementState()].received(receipt.tag)
        func keep(_ reason: String) {
            let kept = UnreadableMessage(partition: receipt.partition, reason: reason, raw: message.raw)
            work.verdicts.append(LaneState.Verdict(receipt: receipt, unreadable: kept))
            // It may have been the only copy of an event: let history tell.
            for lane in lanes.indices where lanes[lane].partition == receipt.partition {
                work.states[lane].checkDue()
            }
        }
        switch message.content {
        case .unreadable(let reason): keep(reason)
        case .entry(let source, _, let entry):
            let partition = entry.place.partition
            guard partition == receipt.partition else { return keep("of \(partition), in another's queue") }
            guard let lane = index(source, partition) else { return ignore(source, receipt, &work) }
            switch event {
            case .success(let event): work.states[lane].receive(message, event: event)
            case .failure(let error): keep("cannot be decoded: \(error)")
            }
        }
    }

    /// Other writers may publish to the same exchange: what this projection is not told to post, it leaves alone.
    private func ignore(_ source: Source, _ receipt: Receipt, _ work: inout RunnerWork) {
        work.verdicts.append(LaneState.Verdict(receipt: receipt))
        metrics?.ignored.increment()
        // The name comes from outside: how many are remembered is bounded.
        guard work.ignoredSources.count < 100, work.ignoredSources.insert(source).inserted else { return }
        logger.warning(
            "messages of a source that is not listed are ignored",
            metadata: ["projection": "\(name)", "source": "\(source)"])
    }

    private func receive(
        _ lane: Int, _ question: LaneState.Question, _ result: Result<Answer, any Error>, _ work: inout RunnerWork
    ) {
        let source = lanes[lane].source
        work.openQuestions[source, default: 1] -= 1
        switch result {
        case .failure(let error):
            logger.info("history did not answer", metadata: ["lane": "\(lanes[lane])", "error": "\(error)"])
            work.states[lane].unanswered(question)
            work.looks.insert(lane)
        case .success(let answer):
            let looksAgain = work.states[lane].answered(question, answer.slice, decoded: answer.entries)
            if looksAgain { work.looks.insert(lane) }
            if case .stopped(let stop) = work.states[lane].phase {
                logger.error("projection stopped", metadata: ["lane": "\(lanes[lane])", "reason": "\(stop)"])
                // The other lanes may look right, but they are of the same log.
                for other in lanes.indices where lanes[other].source == source { work.states[other].stop(stop) }
                if case .partitionCountDiffers = stop {
                    work.failure = PartitionCountMismatch(description: "\(source): \(stop)")
                    work.isStopping = true
                }
            }
        }
    }

    /// Sees whether another worker has moved on, and asks for heads.
    private func lookAround(_ places: [Int], _ work: inout RunnerWork) async {
        // While a transaction is under way it may be this worker that has moved them.
        let checkpoints = work.isPosting ? nil : await checkpoints(&work)
        if let checkpoints, lanes.indices.contains(where: { work.states[$0].checkpoint != checkpoints[lanes[$0]] }) {
            work.othersPostedAt = .now
        }
        let othersPost = work.othersPostedAt.map { $0.duration(to: .now) < headCheckInterval * 2 } ?? false
        for lane in places {
            if let checkpoints, work.states[lane].adopt(checkpoints[lanes[lane]]) { continue }
            if othersPost, !work.fed.contains(lane), work.states[lane].leaveToOthers() { continue }
            work.states[lane].checkDue()
        }
    }

    // MARK: What is asked

    private func ask(_ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) {
        for lane in work.looks where work.pendingLooks.insert(lane).inserted {
            later(.milliseconds(200), .look(lane), &tasks)
        }
        work.looks = []
        work.turn += 1
        for step in lanes.indices {
            let place = (step + work.turn) % lanes.count
            let lane = lanes[place]
            guard work.openQuestions[lane.source, default: 0] < Self.openQuestions,
                let question = work.states[place].nextQuestion()
            else { continue }
            work.openQuestions[lane.source, default: 0] += 1
            tasks.addTask { [history, inbox] in
                do {
                    let slice = try await history.slice(
                        of: lane.source, lane.partition, after: question.after, limit: question.limit)
                    inbox.send(.answer(place, question, .success(self.decode(slice))))
                } catch {
                    // A writer that is away is asked again, but not at once.
                    try? await Task.sleep(for: .milliseconds(800))
                    inbox.send(.answer(place, question, .failure(error)))
                }
            }
        }
    }

    private func decode(_ slice: LogSlice) -> Answer {
        var slice = slice
        var entries: [PostingEntry] = []
        entries.reserveCapacity(slice.entries.count)
        for entry in slice.entries { entries.append(readModel.decoded(entry)) }
        slice.entries = []
        return Answer(slice: slice, entries: entries)
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
        status.isConnected = work.isConnected
        status.connectionProblem = work.refusal
        status.unreadable = work.unreadable
        status.problem = work.problem ?? work.unreadCheckpoints
        status.isPaused = work.isPaused
        status.lanes = lanes
        shared.withLock { [status] in $0 = status }
        changes.fire()
        metrics?.lag.record(status.lag)
        metrics?.lagSeconds.record(status.lagSeconds)
        metrics?.isWell.record(status.trouble == nil ? 1 : 0)
    }
}

/// A worker and a writer that are set up for different numbers of partitions.
public struct PartitionCountMismatch: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(description: String) { self.description = description }

    public init(_ source: Source, log: Int, here: Int) {
        description = "\(source): \(LaneState.Stop.partitionCountDiffers(log: log, here: here))"
    }
}
