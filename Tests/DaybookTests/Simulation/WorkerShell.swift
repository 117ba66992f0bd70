@testable import Daybook

/// Does what ``RunnerWork`` and its lanes ask for, one thing at a time, as ``ProjectionRunner`` does, and may lose its
/// session or crash between any two.
struct WorkerShell {
    private let lanes: [Lane]
    private let isFedByQueue: Bool
    /// Of the generation to which it posts.
    private var generation = 0
    private var work: RunnerWork?
    private var questions: [(lane: Int, question: LaneState.Question)] = []
    /// The transaction that is under way.
    private var transaction: RunnerWork.Batch?
    /// Lanes of which an event waits for its next attempt.
    private var waits: [Int] = []
    /// Received and not acknowledged: they come again when the session is over.
    private var unacknowledged: [[(tag: UInt64, message: SimulatedBroker.Message)]]
    private var tag: UInt64 = 0
    private var session: UInt64 = 0

    /// - Parameter isFedByQueue: Whether it posts to what serves; otherwise it feeds what is built, from history.
    init(lanes: [Lane], isFedByQueue: Bool = true) {
        self.lanes = lanes
        self.isFedByQueue = isFedByQueue
        unacknowledged = Array(repeating: [], count: Simulation.partitionCount)
    }

    func hasStopped(_ lane: Lane) -> Bool {
        guard let index = lanes.firstIndex(of: lane), case .stopped = work?.states[index].phase else { return false }
        return true
    }

    /// Whether it has posted everything that history has shown.
    var isCurrent: Bool {
        guard let work, transaction == nil else { return false }
        return work.states.allSatisfy { $0.isCurrent && $0.readyCount == 0 }
    }

    var hasUnacknowledged: Bool { unacknowledged.contains { !$0.isEmpty } }

    mutating func crash(_ broker: inout SimulatedBroker) {
        giveBack(&broker)
        self = WorkerShell(lanes: lanes, isFedByQueue: isFedByQueue)
    }

    /// What is not acknowledged comes again, to whoever is there.
    private mutating func giveBack(_ broker: inout SimulatedBroker) {
        for (index, messages) in unacknowledged.enumerated() {
            broker.queues[index].insert(contentsOf: messages.map(\.message), at: 0)
        }
        unacknowledged = Array(repeating: [], count: Simulation.partitionCount)
    }

    /// Opens the generation that it is meant for.
    private mutating func freshStates(_ generations: SimulatedGenerations) -> [LaneState] {
        generation = isFedByQueue ? generations.serving : generations.building ?? generations.serving
        let checkpoints = generations[generation].checkpoints
        return lanes.map {
            LaneState(
                lane: $0, partitionCount: Simulation.partitionCount, checkpoint: checkpoints[$0],
                isFedByQueue: isFedByQueue)
        }
    }

    private mutating func connect(_ work: inout RunnerWork) {
        session += 1
        work.beginSession(session)
    }

    /// The timer of head checks.
    mutating func tick(_ generations: SimulatedGenerations, calm: Bool) {
        guard var work else { return }
        defer { self.work = work }
        if calm {
            work.isPaused = false
            if work.transaction == .waiting { work.transaction = .none }
        }
        for index in work.states.indices {
            // While a transaction is under way it may be this worker that has moved them.
            let stored = generations[generation].checkpoints[lanes[index]]
            if transaction == nil, let actions = work.states[index].adopt(stored) {
                work.perform(actions, of: index)
            } else if !work.states[index].leaveToOthers() {
                work.states[index].checkDue()
            }
        }
    }

    mutating func step(
        _ ledgers: [Ledger], _ broker: inout SimulatedBroker, _ generations: inout SimulatedGenerations,
        _ fate: inout Fate, calm: Bool, _ sabotage: Simulation.Sabotage?
    ) throws {
        guard var work else { return start(generations, &fate, sabotage) }
        // Sooner or later it sees that another generation serves.
        if isFedByQueue && generation != generations.serving && fate.number(20) == 0 { return crash(&broker) }
        switch isFedByQueue ? fate.number(7) : 2 + fate.number(5) {
        case 0, 1: receive(&work, &broker, generations[generation], &fate)
        case 2:
            let index = fate.number(lanes.count)
            let isFirst = work.states[index].phase == .unverified
            if sabotage == .noHeadChecks && !isFirst && !work.states[index].isCatchingUp { break }
            if let question = work.states[index].nextQuestion() { questions.append((index, question)) }
        case 3 where !questions.isEmpty:
            let (lane, question) = questions.remove(at: fate.number(questions.count))
            // Now and then an answer is lost.
            if !calm && fate.number(10) == 0 {
                work.states[lane].unanswered(question)
            } else {
                answer(lane, question, ledgers, &work, sabotage)
            }
        case 4 where !calm && fate.number(6) == 0: disturb(&work, &broker, &fate)
        case 4 where !waits.isEmpty: work.failures.waited(waits.remove(at: fate.number(waits.count)))
        default:
            guard transaction != nil else {
                begin(&work)
                break
            }
            guard try finish(&work, &broker, &generations, &fate, calm: calm, sabotage) else { return crash(&broker) }
        }
        self.work = work
    }

    private mutating func start(
        _ generations: SimulatedGenerations, _ fate: inout Fate, _ sabotage: Simulation.Sabotage?
    ) {
        let policy = FailurePolicy(retries: sabotage == .noRetries ? 0 : 2)
        var work = RunnerWork(states: freshStates(generations), policy: policy, batchLimit: 1 + fate.number(5))
        connect(&work)
        self.work = work
    }

    /// A new session, an operator who pauses or resumes, or a broker that does not wait any longer.
    private mutating func disturb(_ work: inout RunnerWork, _ broker: inout SimulatedBroker, _ fate: inout Fate) {
        switch fate.number(3) {
        case 0:
            giveBack(&broker)
            connect(&work)
        case 1:
            work.isPaused.toggle()
            if !work.isPaused { work.failures.forgive() }
        default:
            guard work.isPaused, transaction == nil else { return }
            for index in work.states.indices { work.perform(work.states[index].letGo(), of: index) }
            acknowledge(work.session.settle(work.decisions.takeSettled()))
        }
    }

    private mutating func receive(
        _ work: inout RunnerWork, _ broker: inout SimulatedBroker, _ readModel: SimulatedReadModel, _ fate: inout Fate
    ) {
        let partition = Partition(fate.number(Simulation.partitionCount))
        guard !broker.queues[partition.index].isEmpty else { return }
        let message = broker.queues[partition.index].removeFirst()
        tag += 1
        unacknowledged[partition.index].append((tag, message))
        let receipt = Receipt(session: session, partition: partition, tag: tag)
        work.session.received(receipt)
        guard let index = lanes.firstIndex(of: Lane(source: message.source, partition: partition)) else { return }
        if transaction == nil && fate.number(4) == 0 {
            work.perform(work.states[index].takeOver(at: readModel.checkpoints[lanes[index]]), of: index)
        }
        let content = IncomingMessage.Content.entry(message.source, message.epoch, message.entry)
        let raw = RawMessage(body: [], bodySize: 0) { "" }
        let received = IncomingMessage(receipt: receipt, content: content, raw: raw)
        work.perform(work.states[index].receive(received), of: index)
    }

    private mutating func answer(
        _ lane: Int, _ question: LaneState.Question, _ ledgers: [Ledger], _ work: inout RunnerWork,
        _ sabotage: Simulation.Sabotage?
    ) {
        let (source, partition) = (lanes[lane].source, lanes[lane].partition)
        guard let index = Simulation.sources.firstIndex(of: source) else { return }
        var slice = ledgers[index].slice(
            partition, after: question.after, limit: min(question.limit, 3), maximumBytes: .max)
        if sabotage == .epochIgnored, let epoch = work.states[lane].checkpoint?.epoch { slice.epoch = epoch }
        if sabotage == .anchorIgnored, question.after > .zero { slice.anchor = question.anchor }
        work.perform(work.states[lane].answered(question, slice), of: lane)
        for lane in work.questions.takeLooks() {
            work.questions.looked(lane)
            work.states[lane].checkDue()
        }
        if case .stopped(let stop) = work.states[lane].phase { work.stop(source, because: stop) }
    }

    // MARK: Transactions

    private mutating func begin(_ work: inout RunnerWork) {
        guard work.mayApply else {
            work.transaction = .none
            return
        }
        let batch = work.takeBatch()
        guard !batch.isEmpty else { return }
        work.transaction = .underWay
        transaction = batch
    }

    /// - Returns: `false` when the process ended.
    private mutating func finish(
        _ work: inout RunnerWork, _ broker: inout SimulatedBroker, _ generations: inout SimulatedGenerations,
        _ fate: inout Fate, calm: Bool, _ sabotage: Simulation.Sabotage?
    ) throws -> Bool {
        guard let batch = transaction else { return true }
        if !calm && fate.number(30) == 0 { return false }
        transaction = nil
        work.transaction = .none
        if !calm && fate.number(30) == 0 {
            // The disk is full, or the file is locked.
            work.giveBack(batch)
            work.transaction = .waiting
            return true
        }
        let isApart = sabotage == .checkpointApart && fate.number(10) == 0
        do {
            try generations.apply(
                batch.postings, to: generation, movesCheckpoint: !isApart, &fate, calm: calm, sabotage)
        } catch let failure as EventFailure {
            work.giveBack(batch)
            guard let lane = lanes.firstIndex(of: failure.lane) else { return true }
            let verdict = work.failures.failed(lane, at: failure.entry.offset, reason: failure.reason)
            if case .tryAgain = verdict { waits.append(lane) }
            return true
        } catch is Fenced {
            giveBack(&broker)
            work.states = freshStates(generations)
            connect(&work)
            return true
        }
        // Committed, and gone before it could acknowledge.
        if isApart || (!calm && fate.number(30) == 0) { return false }
        acknowledge(work.committed(batch) { lanes.firstIndex(of: $0) })
        return true
    }

    private mutating func acknowledge(_ receipts: [Receipt]) {
        for receipt in receipts { unacknowledged[receipt.partition.index].removeAll { $0.tag <= receipt.tag } }
    }
}
