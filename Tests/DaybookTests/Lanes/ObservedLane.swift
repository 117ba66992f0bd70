import Testing

@testable import Daybook

/// A lane, and the actions that it has asked for.
@dynamicMemberLookup
struct ObservedLane {
    private(set) var state: LaneState
    private var decisions: [MessageDecision] = []
    private var looksSoon = false

    init(_ state: LaneState) { self.state = state }

    init(
        lane: Lane, partitionCount: Int, checkpoint: Checkpoint?, isFedByQueue: Bool = true, byteLimit: Int = 4 << 20
    ) {
        state = LaneState(
            lane: lane, partitionCount: partitionCount, checkpoint: checkpoint, isFedByQueue: isFedByQueue,
            byteLimit: byteLimit)
    }

    subscript<Value>(dynamicMember path: KeyPath<LaneState, Value>) -> Value { state[keyPath: path] }

    private mutating func note(_ actions: [LaneState.Action]) {
        for action in actions {
            switch action {
            case .decide(let decision): decisions.append(decision)
            case .lookSoon: looksSoon = true
            }
        }
    }

    /// The decisions since the last call.
    mutating func takeDecisions() -> [MessageDecision] {
        defer { decisions = [] }
        return decisions
    }

    // MARK: What happens

    mutating func receive(_ message: IncomingMessage) { note(state.receive(message)) }

    /// - Returns: `true` when the lane wants to look again soon.
    mutating func answered(_ question: LaneState.Question, _ slice: LogSlice) -> Bool {
        looksSoon = false
        note(state.answered(question, slice))
        return looksSoon
    }

    mutating func unanswered(_ question: LaneState.Question) { state.unanswered(question) }

    mutating func checkDue() { state.checkDue() }

    mutating func stop(_ reason: LaneState.Stop) { note(state.stop(reason)) }

    mutating func letGo() { note(state.letGo()) }

    mutating func takeOver(at stored: Checkpoint?) { note(state.takeOver(at: stored)) }

    mutating func restart(at stored: Checkpoint?) { state.restart(at: stored) }

    mutating func leaveToOthers() -> Bool { state.leaveToOthers() }

    /// - Returns: `true` when the checkpoint was another one.
    mutating func adopt(_ stored: Checkpoint?) -> Bool {
        guard let actions = state.adopt(stored) else { return false }
        note(actions)
        return true
    }

    // MARK: What it has

    func posting(limit: Int) -> Posting? { state.posting(limit: limit) }

    mutating func committed(_ posting: Posting) -> [Receipt] { state.committed(posting) }

    func status(at now: Timestamp, failure: String?) -> LaneStatus { state.status(at: now, failure: failure) }

    mutating func nextQuestion() -> LaneState.Question? { state.nextQuestion() }

    mutating func ask() throws -> LaneState.Question {
        let question = nextQuestion()
        return try #require(question)
    }

    mutating func hasNothingToAsk() throws {
        let question = nextQuestion()
        #expect(question == nil)
    }
}
