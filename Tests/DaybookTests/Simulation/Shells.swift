@testable import Daybook

/// Does what ``RelayState`` asks for, one thing at a time.
struct RelayShell {
    private var state: RelayState
    private var actions: [RelayState.Action] = []
    private var held: [Partition] = []
    private(set) var isConnected = false

    init(cursors: [Offset]) { state = RelayState(cursors: cursors, window: 8) }

    var isIdle: Bool { isConnected && state.isIdle }

    mutating func connect(_ ledger: Ledger) {
        isConnected = true
        actions = state.connected() + state.headsMoved(heads(ledger))
        held = []
    }

    mutating func logGrew(_ ledger: Ledger) { actions += state.headsMoved(heads(ledger)) }

    private func heads(_ ledger: Ledger) -> [Offset] { ledger.log.map { Offset(rawValue: Int64($0.count)) } }

    mutating func step(
        _ ledger: inout Ledger, _ broker: inout SimulatedBroker, _ fate: inout Fate, calm: Bool,
        _ sabotage: Simulation.Sabotage?
    ) {
        guard isConnected else { return connect(ledger) }
        switch fate.number(8) {
        case 0 where !held.isEmpty: actions += state.probe(held.remove(at: fate.number(held.count)))
        case 1 where !calm && fate.number(6) == 0:
            state.disconnected()
            isConnected = false
            broker.relayIsGone()
        case 2:
            let cursors = sabotage == .cursorSavedWhenSent ? heads(ledger) : state.cursors
            ledger.moveCursors(Dictionary(uniqueKeysWithValues: cursors.enumerated().map { (Partition($0), $1) }))
        case 3..<6 where !broker.flights.isEmpty:
            // The broker's word on batches comes in any order.
            let flight = broker.flights.remove(at: fate.number(broker.flights.count))
            let outcomes =
                sabotage == .refusalCountsAsConfirm ? flight.outcomes.map { _ in .confirmed } : flight.outcomes
            actions += state.settled(flight.batch, outcomes)
        default:
            guard !actions.isEmpty else { return }
            switch actions.removeFirst() {
            case .probeLater(let partition, _, _): held.append(partition)
            case .send(let batch):
                let entries = ledger.slice(
                    batch.partition, after: batch.after, limit: batch.limit, maximumBytes: .max
                ).entries
                broker.take(batch, entries, ledger.epoch, &fate, calm: calm)
            }
        }
    }
}

/// Does what ``LaneState`` asks for, one thing at a time, and may crash between any two.
struct WorkerShell {
    private var lanes: [LaneState] = []
    private var questions: [(lane: Int, question: LaneState.Question)] = []
    /// Received and not acknowledged: they come again when the worker is gone.
    private var unacknowledged: [[(tag: UInt64, message: SimulatedBroker.Message)]] = []
    private var acknowledgements: [AcknowledgementState] = []
    private var tag: UInt64 = 0

    func hasStopped(_ partition: Int) -> Bool {
        guard partition < lanes.count, case .stopped = lanes[partition].phase else { return false }
        return true
    }

    var hasUnacknowledged: Bool { unacknowledged.contains { !$0.isEmpty } }

    mutating func crash(_ broker: inout SimulatedBroker) {
        for (index, messages) in unacknowledged.enumerated() {
            broker.queues[index].insert(contentsOf: messages.map(\.message), at: 0)
        }
        self = WorkerShell()
    }

    private mutating func start(_ readModel: SimulatedReadModel) {
        lanes = Partition.all(Simulation.partitionCount).map { partition in
            let lane = Lane(source: Simulation.source, partition: partition)
            return LaneState(
                lane: lane, partitionCount: Simulation.partitionCount, checkpoint: readModel.checkpoints[lane])
        }
        unacknowledged = Array(repeating: [], count: lanes.count)
        acknowledgements = Array(repeating: AcknowledgementState(), count: lanes.count)
    }

    mutating func tick(_ readModel: SimulatedReadModel) {
        for index in lanes.indices {
            let isOthers = lanes[index].adopt(readModel.checkpoints[lanes[index].lane]) || lanes[index].leaveToOthers()
            if !isOthers { lanes[index].checkDue() }
        }
    }

    mutating func step(
        _ ledger: Ledger, _ broker: inout SimulatedBroker, _ readModel: inout SimulatedReadModel, _ fate: inout Fate,
        calm: Bool, _ sabotage: Simulation.Sabotage?
    ) throws {
        if lanes.isEmpty { start(readModel) }
        let index = fate.number(lanes.count)
        switch fate.number(6) {
        case 0, 1: receive(index, &broker, readModel, &fate)
        case 2:
            let isFirst = lanes[index].phase == .unverified
            if sabotage == .noHeadChecks && !isFirst && !lanes[index].isCatchingUp { return }
            if let question = lanes[index].nextQuestion() { questions.append((index, question)) }
        case 3 where !questions.isEmpty:
            let (lane, question) = questions.remove(at: fate.number(questions.count))
            // Now and then an answer is lost.
            if !calm && fate.number(10) == 0 { return lanes[lane].unanswered(question) }
            answer(lane, question, ledger, sabotage)
        default: try post(index, &broker, &readModel, &fate, calm: calm, sabotage)
        }
    }

    private mutating func receive(
        _ index: Int, _ broker: inout SimulatedBroker, _ readModel: SimulatedReadModel, _ fate: inout Fate
    ) {
        guard !broker.queues[index].isEmpty else { return }
        let message = broker.queues[index].removeFirst()
        tag += 1
        unacknowledged[index].append((tag, message))
        acknowledgements[index].received(tag)
        let receipt = Receipt(session: 1, partition: Partition(index), tag: tag)
        let content = IncomingMessage.Content.entry(Simulation.source, message.epoch, message.entry)
        let raw = RawMessage(body: [], bodySize: 0) { "" }
        if fate.number(4) == 0 { lanes[index].takeOver(at: readModel.checkpoints[lanes[index].lane]) }
        lanes[index].receive(IncomingMessage(receipt: receipt, content: content, raw: raw))
        // Now and then it has what it has for too long.
        if fate.number(20) == 0 { lanes[index].letGo() }
    }

    private mutating func answer(
        _ lane: Int, _ question: LaneState.Question, _ ledger: Ledger, _ sabotage: Simulation.Sabotage?
    ) {
        var slice = ledger.slice(
            Partition(lane), after: question.after, limit: min(question.limit, 3), maximumBytes: .max)
        if sabotage == .epochIgnored, let epoch = lanes[lane].checkpoint?.epoch { slice.epoch = epoch }
        if sabotage == .anchorIgnored, question.after > .zero { slice.anchor = question.anchor }
        if lanes[lane].answered(question, slice) { lanes[lane].checkDue() }
    }

    private mutating func post(
        _ index: Int, _ broker: inout SimulatedBroker, _ readModel: inout SimulatedReadModel, _ fate: inout Fate,
        calm: Bool, _ sabotage: Simulation.Sabotage?
    ) throws {
        var settled = lanes[index].takeVerdicts().map(\.receipt.tag)
        if let posting = lanes[index].posting(limit: 1 + fate.number(5)) {
            if !calm && fate.number(30) == 0 { return crash(&broker) }
            let isApart = sabotage == .checkpointApart && fate.number(10) == 0
            do throws(Fenced) {
                try readModel.post(
                    posting, guarded: sabotage != .unguardedCheckpoint, movesCheckpoint: !isApart)
            } catch {
                return crash(&broker)
            }
            // Committed, and gone before it could acknowledge.
            if isApart || (!calm && fate.number(30) == 0) { return crash(&broker) }
            settled += lanes[index].committed(posting).map(\.tag)
        }
        guard let tag = acknowledgements[index].settle(settled) else { return }
        unacknowledged[index].removeAll { $0.tag <= tag }
    }
}
