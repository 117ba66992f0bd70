/// The lanes of a ``ProjectionRunner``, and what is under way. Pure.
struct RunnerWork {
    /// What is committed in one transaction, and what is acknowledged after it.
    struct Batch: Sendable {
        var postings: [Posting]
        var decisions: [MessageDecision]

        var unreadable: [UnreadableMessage] { decisions.compactMap(\.unreadable) }
        var isEmpty: Bool { postings.isEmpty && decisions.isEmpty }
        /// `true` when there is nothing to commit.
        private var isForAcknowledgement: Bool { postings.isEmpty && decisions.allSatisfy { $0.unreadable == nil } }

        /// - Returns: The events that were parked at their first failure.
        func apply(to readModel: any ReadModel) async throws -> [EventFailure] {
            isForAcknowledgement ? [] : try await readModel.apply(postings, keeping: unreadable)
        }
    }

    /// The transaction that is under way. What is accepted meanwhile goes into the next one.
    enum Transaction {
        case none
        case underWay
        /// The last one was not committed: the next one begins after a wait.
        case waiting
    }

    var states: [LaneState]
    var failures: FailureState
    var decisions = PendingDecisions()
    var session = RunnerSession()
    var questions = OpenQuestions()
    var transaction = Transaction.none
    var isPaused = false
    var isStopping = false
    /// The time when it was last seen that another worker applies events to the read model.
    var othersAppliedAt: ContinuousClock.Instant?
    var problems = RunnerProblems()

    /// Entries of one lane in a transaction.
    let batchLimit: Int
    /// Entries of all lanes for which no more are waited for.
    private static let worthwhileBatch = 10_000
    /// Bytes of all lanes for which no more are waited for: half of what they may hold.
    private static let worthwhileBytes = byteLimit / 2
    /// Bytes that all lanes may hold. Beyond it each has what one answer or one message brings.
    private static let byteLimit = 32 << 20

    init(states: [LaneState], policy: FailurePolicy, batchLimit: Int) {
        self.states = states
        self.batchLimit = batchLimit
        failures = FailureState(policy: policy)
    }

    // MARK: Sessions

    mutating func beginSession(_ number: UInt64) {
        session.begin(number)
        decisions = PendingDecisions()
        for lane in states.indices { states[lane].reconnected() }
    }

    /// Forgets what belonged to a session that is over.
    mutating func endSession() {
        session.end()
        decisions = PendingDecisions()
    }

    // MARK: Actions

    /// Does what a lane wants to be done.
    mutating func perform(_ actions: [LaneState.Action], of lane: Int) {
        for action in actions {
            switch action {
            case .decide(let decision): decisions.append(decision)
            case .lookSoon: questions.lookSoon(lane)
            }
        }
    }

    /// Stops the lanes of a source: those that look right are of the same log.
    mutating func stop(_ source: Source, because stop: LaneState.Stop) {
        for lane in states.indices where states[lane].lane.source == source {
            perform(states[lane].stop(stop), of: lane)
        }
    }

    /// Leaves to history what some lane has had for this long.
    mutating func letGo(after limit: Duration, now: ContinuousClock.Instant) {
        for lane in states.indices {
            let age = session.age(of: states[lane].oldestReceipt, in: lane, now: now)
            // What is being committed stays until it is.
            let mayBeApplying = transaction == .underWay && states[lane].readyCount > 0
            guard let age, age >= limit, !mayBeApplying else { continue }
            perform(states[lane].letGo(), of: lane)
        }
    }

    // MARK: Transactions

    /// `true` when the next transaction may begin.
    var mayApply: Bool { transaction == .none && !isStopping && !isPaused && !isWorthWaiting }

    /// `true` while history is being read: a transaction for each answer would write the same pages again and again.
    var isWorthWaiting: Bool {
        states.contains(where: \.isAwaitingHistory) && !states.contains(where: \.hasReadyMessages)
            && states.reduce(0) { $0 + $1.readyCount } < Self.worthwhileBatch
            && states.reduce(0) { $0 + $1.heldBytes } < Self.worthwhileBytes
    }

    /// Bytes that one of so many lanes may hold.
    static func byteLimit(lanes count: Int) -> Int { max(1 << 20, byteLimit / max(1, count)) }

    mutating func takeBatch() -> Batch {
        // Nothing of a source is applied before all its lanes are known to be of the log that was applied.
        let doubted = Set(states.filter(\.isDoubted).map(\.lane.source))
        let postings = states.indices.compactMap { lane -> Posting? in
            let state = states[lane]
            guard !doubted.contains(state.lane.source), let posting = state.posting(limit: batchLimit) else {
                return nil
            }
            return failures.admit(posting, of: lane) { state.posting(limit: $0) }
        }
        return Batch(postings: postings, decisions: decisions.take())
    }

    /// Notes that a batch was committed.
    ///
    /// - Parameter index: Finds the index of a lane.
    /// - Returns: The receipts up to which messages are to be acknowledged.
    mutating func committed(_ batch: Batch, index: (Lane) -> Int?) -> [Receipt] {
        var decisions = batch.decisions
        for posting in batch.postings {
            guard let lane = index(posting.lane) else { continue }
            decisions += states[lane].committed(posting).map { MessageDecision(receipt: $0) }
            failures.posted(lane, upTo: posting.next.offset)
        }
        return session.settle(decisions)
    }

    /// Puts back a batch that was not committed.
    mutating func giveBack(_ batch: Batch) { decisions.putBack(batch.decisions) }

    /// Forgets failures at events that another worker has applied since.
    mutating func forgetPastFailures() {
        for (lane, failure) in failures.failures {
            guard let checkpoint = states[lane].checkpoint, checkpoint.offset >= failure.offset else { continue }
            failures.posted(lane, upTo: checkpoint.offset)
        }
    }
}
