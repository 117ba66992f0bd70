public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization

/// Keeps one read model: the thin shell around a ``LaneState`` for each source and partition.
///
/// It takes what is at hand from all lanes, posts it in one transaction, acknowledges, and asks history where a lane
/// wants to know. On a graceful shutdown it posts what it has accepted, acknowledges and lets go.
public final class ProjectionRunner: Service {
    private enum Input: Sendable {
        case connected(session: UInt64)
        case disconnected
        case messages([(message: IncomingMessage, event: Result<(any Sendable)?, any Error>)])
        case answer(Int, LaneState.Question, Result<Answer, any Error>)
        case posted(Batch, (any Error)?)
        case look(Int)
        case tick
        case goOn
        case stop
    }

    /// What history answered, decoded.
    private struct Answer: Sendable {
        var slice: LogSlice
        var events: [(any Sendable)?] = []
        /// Why the entry after the last one cannot be decoded.
        var failure: String?
    }

    /// What is committed in one transaction, and what is acknowledged after it.
    private struct Batch: Sendable {
        var postings: [Posting]
        var verdicts: [LaneState.Verdict]

        var unreadable: [UnreadableMessage] { verdicts.compactMap(\.unreadable) }
    }

    private let name: String
    private let readModel: any ReadModel
    private let subscription: any Subscription
    private let history: any History
    private let sources: [Source]
    /// Source by source; what is known of each has the same index.
    private let lanes: [Lane]
    private let partitionCount: Int
    private let headCheckInterval: Duration
    private let logger: Logger
    private let shared: Mutex<ProjectionStatus>
    private let metrics: RunnerMetrics

    /// Entries of one lane in a transaction.
    private static let batchLimit = 5000
    /// Entries of all lanes for which no more are waited for.
    private static let worthwhileBatch = 10_000
    /// Questions that may be open to one source.
    private static let openQuestions = 2

    /// - Parameter headCheckInterval: How often history is asked for heads although nothing seems to be missing.
    public init(
        name: String, readModel: any ReadModel, subscription: any Subscription, history: any History,
        sources: [Source], partitionCount: Int, headCheckInterval: Duration = .seconds(30), logger: Logger
    ) {
        self.name = name
        self.readModel = readModel
        self.subscription = subscription
        self.history = history
        self.partitionCount = partitionCount
        self.headCheckInterval = headCheckInterval
        self.logger = logger
        self.sources = sources
        metrics = RunnerMetrics(projection: name)
        lanes = sources.flatMap { source in
            Partition.all(partitionCount).map { Lane(source: source, partition: $0) }
        }
        shared = Mutex(ProjectionStatus(projection: name))
    }

    public var status: ProjectionStatus { shared.withLock { $0 } }

    /// - Throws: ``PartitionCountMismatch``, or what reading the checkpoints threw.
    public func run() async throws {
        let inbox = Mailbox<Input>()
        try await withGracefulShutdownHandler {
            var work = Work(states: try await freshStates())
            await withDiscardingTaskGroup { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask { [self] in
                    do {
                        try await subscription.run { inbox.send(self.read($0)) }
                    } catch {
                        if error is CancellationError { return }
                        logger.error("the subscription ended", metadata: ["error": "\(error)"])
                    }
                }
                tasks.addTask { [headCheckInterval] in
                    while (try? await Task.sleep(for: headCheckInterval)) != nil { inbox.send(.tick) }
                }
                for await _ in inbox.arrivals() {
                    let inputs = inbox.takeAll()
                    for input in inputs { await receive(input, &work, inbox, &tasks) }
                    if work.isStopping && !work.isPosting { break }
                    // Writers answer, and answers are decoded, while this one posts.
                    if !work.isStopping { ask(&work, inbox, &tasks) }
                    await post(&work, inbox, &tasks)
                    report(work)
                }
                await postLast(&work)
            }
            if let failure = work.failure { throw failure }
        } onGracefulShutdown: {
            inbox.send(.stop)
        }
    }

    /// What one run works with.
    private struct Work {
        var states: [LaneState]
        var acknowledgements: [Partition: AcknowledgementState] = [:]
        var session: UInt64 = 0
        /// Judged, but not yet kept or acknowledged.
        var verdicts: [LaneState.Verdict] = []
        /// Lanes that are to be looked at soon, and those for which that is under way.
        var looks: Set<Int> = []
        var pendingLooks: Set<Int> = []
        /// Whether a transaction is under way. What is accepted meanwhile goes into the next one.
        var isPosting = false
        var isRetryPending = false
        var openQuestions: [Source: Int] = [:]
        /// Where the next round of questions begins, so that no lane waits for ever behind others.
        var turn = 0
        var isConnected = false
        var isStopping = false
        var problem: String?
        var unreadable = 0
        var ignoredSources: Set<Source> = []
        /// Set when there is no sense in going on.
        var failure: PartitionCountMismatch?
    }

    private func freshStates() async throws -> [LaneState] {
        let checkpoints = try await readModel.checkpoints()
        return lanes.map { LaneState(lane: $0, partitionCount: partitionCount, checkpoint: checkpoints[$0]) }
    }

    /// Decodes where it comes in, beside the task that posts.
    private func read(_ event: SubscriptionEvent) -> Input {
        switch event {
        case .connected(let session): .connected(session: session)
        case .disconnected: .disconnected
        case .messages(let messages):
            .messages(
                messages.map { message in
                    guard case .entry(_, _, let entry) = message.content else { return (message, .success(nil)) }
                    return (message, Result { try readModel.decode(entry) })
                })
        }
    }

    private func index(_ source: Source, _ partition: Partition) -> Int? {
        guard let place = sources.firstIndex(of: source), partition.index < partitionCount else { return nil }
        return place * partitionCount + partition.index
    }

    // MARK: What happens

    private func receive(
        _ input: Input, _ work: inout Work, _ inbox: Mailbox<Input>, _ tasks: inout DiscardingTaskGroup
    ) async {
        switch input {
        case .connected(let session):
            work.session = session
            work.isConnected = true
            work.acknowledgements = [:]
            work.verdicts = []
            for lane in lanes.indices { work.states[lane].reconnected() }
        case .disconnected: work.isConnected = false
        case .messages(let messages):
            for (message, event) in messages where message.receipt.session == work.session {
                receive(message, event, &work)
            }
        case .answer(let lane, let question, let result): receive(lane, question, result, &work)
        case .posted(let batch, let error): await posted(batch, error, &work, inbox, &tasks)
        case .look(let lane):
            work.pendingLooks.remove(lane)
            await lookAround([lane], &work)
        case .tick: await lookAround(Array(lanes.indices), &work)
        case .goOn: work.isRetryPending = false
        case .stop: work.isStopping = true
        }
    }

    private func receive(
        _ message: IncomingMessage, _ event: Result<(any Sendable)?, any Error>, _ work: inout Work
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
    private func ignore(_ source: Source, _ receipt: Receipt, _ work: inout Work) {
        work.verdicts.append(LaneState.Verdict(receipt: receipt))
        metrics.ignored.increment()
        // The name comes from outside: how many are remembered is bounded.
        guard work.ignoredSources.count < 100, work.ignoredSources.insert(source).inserted else { return }
        logger.warning(
            "messages of a source that is not listed are ignored",
            metadata: ["projection": "\(name)", "source": "\(source)"])
    }

    private func receive(
        _ lane: Int, _ question: LaneState.Question, _ result: Result<Answer, any Error>, _ work: inout Work
    ) {
        let source = lanes[lane].source
        work.openQuestions[source, default: 1] -= 1
        switch result {
        case .failure(let error):
            logger.info("history did not answer", metadata: ["lane": "\(lanes[lane])", "error": "\(error)"])
            work.states[lane].unanswered(question)
            work.looks.insert(lane)
        case .success(let answer):
            let looksAgain = work.states[lane].answered(
                question, answer.slice, events: answer.events, failure: answer.failure)
            if looksAgain || answer.failure != nil { work.looks.insert(lane) }
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
    private func lookAround(_ places: [Int], _ work: inout Work) async {
        // While a transaction is under way it may be this worker that has moved them.
        let checkpoints = work.isPosting ? nil : try? await readModel.checkpoints()
        for lane in places {
            if let checkpoints, work.states[lane].adopt(checkpoints[lanes[lane]]) { continue }
            work.states[lane].checkDue()
        }
    }

    // MARK: What is done

    /// Begins a transaction with what is at hand, if none is under way.
    private func post(_ work: inout Work, _ inbox: Mailbox<Input>, _ tasks: inout DiscardingTaskGroup) async {
        for lane in lanes.indices { work.verdicts += work.states[lane].takeVerdicts() }
        guard !work.isPosting, !work.isRetryPending, !work.isStopping, !isWorthWaiting(work) else { return }
        let batch = takeBatch(&work)
        guard !batch.postings.isEmpty || !batch.unreadable.isEmpty else {
            return await acknowledge(batch.verdicts, &work)
        }
        work.isPosting = true
        tasks.addTask { [readModel] in
            do {
                try await readModel.post(batch.postings, keeping: batch.unreadable)
                inbox.send(.posted(batch, nil))
            } catch {
                inbox.send(.posted(batch, error))
            }
        }
    }

    /// While history is being read, a transaction for each answer would write the same pages again and again.
    private func isWorthWaiting(_ work: Work) -> Bool {
        work.states.contains(where: \.isAwaitingHistory) && !work.states.contains(where: \.hasReadyMessages)
            && work.states.reduce(0) { $0 + $1.readyCount } < Self.worthwhileBatch
    }

    private func takeBatch(_ work: inout Work) -> Batch {
        // Nothing of a source is posted before all its lanes are known to be of the log that was posted.
        let doubted = Set(work.states.filter(\.isDoubted).map(\.lane.source))
        let postings = work.states.compactMap { state in
            doubted.contains(state.lane.source) ? nil : state.posting(limit: Self.batchLimit)
        }
        defer { work.verdicts = [] }
        return Batch(postings: postings, verdicts: work.verdicts)
    }

    private func posted(
        _ batch: Batch, _ error: (any Error)?, _ work: inout Work, _ inbox: Mailbox<Input>,
        _ tasks: inout DiscardingTaskGroup
    ) async {
        work.isPosting = false
        switch error {
        case nil: await committed(batch, &work)
        case let fenced as Fenced:
            logger.warning("fenced: \(fenced)", metadata: ["projection": "\(name)"])
            await startOver(&work)
        case .some(let error):
            work.problem = "cannot post: \(error)"
            work.verdicts = batch.verdicts + work.verdicts
            logger.error("cannot post, trying again", metadata: ["projection": "\(name)", "error": "\(error)"])
            if !work.isRetryPending { later(.seconds(1), .goOn, inbox, &tasks) }
            work.isRetryPending = true
        }
    }

    private func committed(_ batch: Batch, _ work: inout Work) async {
        let unreadable = batch.unreadable.count
        work.problem = nil
        work.unreadable += unreadable
        if unreadable > 0 { metrics.unreadable.increment(by: unreadable) }
        var verdicts = batch.verdicts
        for posting in batch.postings {
            guard let lane = index(posting.lane.source, posting.lane.partition) else { continue }
            verdicts += work.states[lane].committed(posting).map { LaneState.Verdict(receipt: $0) }
            metrics.posted.increment(by: posting.entries.count)
        }
        await acknowledge(verdicts, &work)
    }

    /// Before it lets go: posts what was accepted, and acknowledges it.
    private func postLast(_ work: inout Work) async {
        let batch = takeBatch(&work)
        do {
            if !batch.postings.isEmpty || !batch.unreadable.isEmpty {
                try await readModel.post(batch.postings, keeping: batch.unreadable)
            }
            await committed(batch, &work)
        } catch {
            logger.warning("cannot post at the end", metadata: ["projection": "\(name)", "error": "\(error)"])
        }
    }

    private func acknowledge(_ verdicts: [LaneState.Verdict], _ work: inout Work) async {
        let settled = verdicts.filter { $0.receipt.session == work.session }
        var receipts: [Receipt] = []
        for (partition, verdicts) in Dictionary(grouping: settled, by: \.receipt.partition) {
            guard let tag = work.acknowledgements[partition]?.settle(verdicts.lazy.map(\.receipt.tag)) else { continue }
            receipts.append(Receipt(session: work.session, partition: partition, tag: tag))
        }
        if !receipts.isEmpty { await subscription.acknowledge(receipts) }
    }

    /// Another worker took over: forget everything, give the queues up, and see what the read model says now.
    private func startOver(_ work: inout Work) async {
        await subscription.reconnect()
        work.isConnected = false
        work.session = 0
        work.verdicts = []
        work.acknowledgements = [:]
        do { work.states = try await freshStates() } catch { work.problem = "cannot read checkpoints: \(error)" }
    }

    private func ask(_ work: inout Work, _ inbox: Mailbox<Input>, _ tasks: inout DiscardingTaskGroup) {
        for lane in work.looks where work.pendingLooks.insert(lane).inserted {
            later(.milliseconds(200), .look(lane), inbox, &tasks)
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
            tasks.addTask { [history] in
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
        var answer = Answer(slice: slice)
        answer.events.reserveCapacity(slice.entries.count)
        for entry in slice.entries {
            do { answer.events.append(try readModel.decode(entry)) } catch {
                answer.failure = "\(entry.type) at offset \(entry.offset) cannot be decoded: \(error)"
                answer.slice.entries.removeLast(slice.entries.count - answer.events.count)
                break
            }
        }
        return answer
    }

    private func later(_ wait: Duration, _ input: Input, _ inbox: Mailbox<Input>, _ tasks: inout DiscardingTaskGroup) {
        tasks.addTask {
            guard (try? await Task.sleep(for: wait)) != nil else { return }
            inbox.send(input)
        }
    }

    // MARK: What is seen

    private func report(_ work: Work) {
        let now = Timestamp.now()
        let lanes = work.states.map { $0.status(at: now) }
        let status = ProjectionStatus(
            projection: name, isConnected: work.isConnected, unreadable: work.unreadable, problem: work.problem,
            lanes: lanes)
        shared.withLock { $0 = status }
        metrics.lag.record(status.lag)
        metrics.lagSeconds.record(status.lagSeconds)
    }
}

/// A worker and a writer that are set up for different numbers of partitions.
public struct PartitionCountMismatch: Error, Sendable, CustomStringConvertible {
    public let description: String
}
