/// What a ``ProjectionRunner`` works with: its lanes, and what is under way. Pure.
struct RunnerWork {
    /// What is committed in one transaction, and what is acknowledged after it.
    struct Batch: Sendable {
        var postings: [Posting]
        var verdicts: [LaneState.Verdict]

        var unreadable: [UnreadableMessage] { verdicts.compactMap(\.unreadable) }
        var isEmpty: Bool { postings.isEmpty && verdicts.isEmpty }
        /// Whether there is nothing to commit.
        private var isForAcknowledgement: Bool { postings.isEmpty && verdicts.allSatisfy { $0.unreadable == nil } }

        /// - Returns: The events that were parked at their first failure.
        func post(to readModel: any ReadModel) async throws -> [EventFailure] {
            isForAcknowledgement ? [] : try await readModel.post(postings, keeping: unreadable)
        }
    }

    var states: [LaneState]
    var failures: FailureState
    var acknowledgements: [Partition: AcknowledgementState] = [:]
    var session: UInt64 = 0
    /// Lanes to which the queue has brought messages in this session, and those of them whose checkpoint was compared
    /// with the read model's since.
    var fed: Set<Int> = []
    var compared: Set<Int> = []
    /// When it was last seen that another worker posts to the read model.
    var othersPostedAt: ContinuousClock.Instant?
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
    /// Why the broker gave no session when it was last asked for one.
    var refusal: String?
    var isPaused = false
    /// The oldest message of each lane that has one, and since when it has been that.
    private var oldest: [Int: (tag: UInt64, since: ContinuousClock.Instant)] = [:]
    var isStopping = false
    /// Why the last transaction was not committed, or the projection has paused.
    var problem: String?
    /// Why the read model's checkpoints could not be read when they were last asked for.
    var unreadCheckpoints: String?
    var unreadable = 0
    var ignoredSources: Set<Source> = []
    /// Set when there is no sense in going on.
    var failure: PartitionCountMismatch?

    /// Entries of one lane in a transaction.
    let batchLimit: Int
    /// Entries of all lanes for which no more are waited for.
    private static let worthwhileBatch = 10_000
    /// Bytes of all lanes for which no more are waited for: half of what they may hold.
    private static let worthwhileBytes = byteLimit / 2
    /// Bytes that all lanes may hold. Beyond it each has what one answer or one message brings.
    private static let byteLimit = 32 << 20
    /// Bytes that are kept of an unreadable message for which there is no room.
    private static let beginning = 1 << 10

    init(states: [LaneState], policy: FailurePolicy, batchLimit: Int) {
        self.states = states
        self.batchLimit = batchLimit
        failures = FailureState(policy: policy)
    }

    /// Forgets what belonged to a session that is over.
    mutating func endSession() {
        session = 0
        isConnected = false
        (fed, compared) = ([], [])
        acknowledgements = [:]
        verdicts = []
        oldest = [:]
    }

    /// Leaves to history what some lane has had for this long.
    mutating func letGo(after limit: Duration, now: ContinuousClock.Instant) {
        for lane in states.indices {
            guard let tag = states[lane].oldestReceipt?.tag else {
                oldest[lane] = nil
                continue
            }
            if oldest[lane]?.tag != tag { oldest[lane] = (tag, now) }
            // What is being committed stays until it is.
            let mayBePosting = isPosting && states[lane].readyCount > 0
            guard let since = oldest[lane]?.since, now - since >= limit, !mayBePosting else { continue }
            states[lane].letGo()
        }
        takeVerdicts()
    }

    /// The verdicts that need no commit.
    mutating func takeSettled() -> [LaneState.Verdict] {
        defer { verdicts.removeAll { $0.unreadable == nil } }
        return verdicts.filter { $0.unreadable == nil }
    }

    mutating func takeVerdicts() {
        for lane in states.indices { verdicts += states[lane].takeVerdicts() }
        trimUnreadable()
    }

    /// Of messages that cannot be read and wait to be kept, only the beginning is held for which there is no room.
    private mutating func trimUnreadable() {
        var room = Self.byteLimit
        for index in verdicts.indices {
            guard let body = verdicts[index].unreadable?.raw.body else { continue }
            if body.count > room {
                verdicts[index].unreadable?.raw.body = Array(body.prefix(Self.beginning))
            } else {
                room -= body.count
            }
        }
    }

    /// While history is being read, a transaction for each answer would write the same pages again and again.
    var isWorthWaiting: Bool {
        states.contains(where: \.isAwaitingHistory) && !states.contains(where: \.hasReadyMessages)
            && states.reduce(0) { $0 + $1.readyCount } < Self.worthwhileBatch
            && states.reduce(0) { $0 + $1.heldBytes } < Self.worthwhileBytes
    }

    /// Bytes that one of so many lanes may hold.
    static func byteLimit(lanes count: Int) -> Int { max(1 << 20, byteLimit / max(1, count)) }

    mutating func takeBatch() -> Batch {
        // Nothing of a source is posted before all its lanes are known to be of the log that was posted.
        let doubted = Set(states.filter(\.isDoubted).map(\.lane.source))
        let postings = states.indices.compactMap { lane -> Posting? in
            let state = states[lane]
            guard !doubted.contains(state.lane.source), let posting = state.posting(limit: batchLimit) else {
                return nil
            }
            return failures.admit(posting, of: lane) { state.posting(limit: $0) }
        }
        defer { verdicts = [] }
        return Batch(postings: postings, verdicts: verdicts)
    }

    /// There is nothing to post: whatever could not be posted, another worker has posted it or will.
    mutating func rest() { problem = nil }

    /// Forgets failures at events that another worker has posted since.
    mutating func forgetPastFailures() {
        for (lane, failure) in failures.failures {
            guard let checkpoint = states[lane].checkpoint, checkpoint.offset >= failure.offset else { continue }
            failures.posted(lane, upTo: checkpoint.offset)
        }
    }

    /// A batch was not committed.
    mutating func giveBack(_ batch: Batch) { verdicts = batch.verdicts + verdicts }
}
