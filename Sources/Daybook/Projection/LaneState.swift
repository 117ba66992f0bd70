/// What a projection knows of one partition of one source, and what it does next. Pure: no clock, no broker, no
/// read model.
///
/// It accepts entries in the order of their offsets, each once. What comes by queue and what comes from history are
/// the same to it: `offset ≤ accepted` is a duplicate, `accepted + 1` is next, and beyond that is a gap, which history
/// fills. Only history says which epoch and head a source has.
public struct LaneState: Sendable {
    /// A question to the history service.
    public struct Question: Sendable, Hashable {
        public let after: Offset
        /// 0 asks for the head and the anchor only.
        public let limit: Int
        let number: Int
        let anchor: LogAnchor?
    }

    public enum Phase: Sendable, Hashable {
        /// History has not confirmed yet that the checkpoint belongs to the source's log. Nothing is posted.
        case unverified
        case live
        case stopped(Stop)
    }

    /// What is to be done with a message.
    public struct Verdict: Sendable {
        public var receipt: Receipt
        /// Set when the message is to be kept with this reason.
        public var unreadable: UnreadableMessage?
    }

    public let lane: Lane
    private let partitionCount: Int
    private let isFedByQueue: Bool
    public private(set) var phase: Phase = .unverified
    /// What was committed last.
    public private(set) var checkpoint: Checkpoint?
    /// The last offset that history or an accepted entry has shown.
    public private(set) var head: Offset = .zero
    /// Whether another worker posts this lane: then this one waits for a message, or for that one to stall.
    public private(set) var isStandby = false
    /// Whether a range is being read from history.
    public private(set) var isCatchingUp = false

    /// When the last committed entry was recorded.
    private(set) var lastRecordedAt: Timestamp?

    private var held = HeldEntries()
    private var verdicts: [Verdict] = []
    private var epoch: Epoch?
    private var question: Question?
    private var questions = 0
    /// Whether history has not answered the last question.
    private var isHistoryAway = false
    /// Whether messages that only history can judge are left to it at once, until it answers.
    private var isLettingGo = false
    /// Whether history has confirmed a checkpoint since this process began.
    private var wasVerified = false
    private var isCheckDue = true
    private var stalledAt: Offset?
    private var leftAt: Offset?
    private let byteLimit: Int
    private static let page = 3000

    /// - Parameters:
    ///   - partitionCount: How many partitions the source's log is taken to have.
    ///   - isFedByQueue: Whether a queue may bring what is missing, so that it is worth waiting for.
    ///   - byteLimit: From so many bytes on, nothing more is held before some of it is committed.
    public init(
        lane: Lane, partitionCount: Int, checkpoint: Checkpoint?, isFedByQueue: Bool = true, byteLimit: Int = 4 << 20
    ) {
        self.lane = lane
        self.partitionCount = partitionCount
        self.isFedByQueue = isFedByQueue
        self.byteLimit = byteLimit
        self.checkpoint = checkpoint
        epoch = checkpoint?.epoch
        head = checkpoint?.offset ?? .zero
    }

    /// The last entry that was accepted, committed or not.
    public var accepted: Offset { held.last?.offset ?? checkpoint?.offset ?? .zero }
    private var acceptedAnchor: LogAnchor? { held.last?.anchor ?? checkpoint?.anchor }

    /// Whether it is known to have everything up to the head that it last saw.
    public var isCurrent: Bool { phase == .live && accepted >= head && held.doubtful.isEmpty }

    // MARK: Messages

    /// Takes a message of this lane; `event` is what its entry was decoded to.
    public mutating func receive(_ message: IncomingMessage, event: (any DecodedEvent)? = nil) {
        guard case .entry(_, let epoch, let entry) = message.content else { return }
        switch phase {
        case .stopped: verdicts.append(Verdict(receipt: message.receipt))
        case .unverified:
            doubt(message, event)
            if isStandby { checkDue() }
        case .live:
            if epoch != self.epoch {
                // A message never says which log is the right one, but it is a reason to ask.
                isCheckDue = true
                reject(message, "epoch \(epoch) is not the source's")
            } else if entry.offset <= accepted {
                verdicts.append(Verdict(receipt: message.receipt))
            } else if accepted > .zero && follows(entry) && !isFull {
                accept(PostingEntry(log: entry, event: event), message.receipt)
            } else {
                // The first one too: it has nothing before it that only its log could know.
                doubt(message, event)
            }
        }
    }

    private var isFull: Bool { held.bytes >= byteLimit }

    /// Keeps a message until history has judged it. One for which there is no room, or no time, is left to history.
    private mutating func doubt(_ message: IncomingMessage, _ event: (any DecodedEvent)?) {
        guard isLettingGo || isFull else { return held.doubt(message, event, askedAt: questions) }
        verdicts.append(Verdict(receipt: message.receipt))
        isCheckDue = true
        if phase == .live { isCatchingUp = true }
    }

    /// Whether an entry is the next one, and of the log that was posted so far.
    private func follows(_ entry: LogEntry) -> Bool {
        entry.offset > accepted && entry.offset - accepted == 1
            && entry.previousHash == acceptedAnchor?.hash ?? ChainHash.genesis
    }

    private mutating func accept(_ entry: PostingEntry, _ receipt: Receipt?) {
        held.append(entry, receipt)
        head = max(head, entry.log.offset)
    }

    private mutating func reject(_ message: IncomingMessage, _ reason: String) {
        let kept = UnreadableMessage(partition: lane.partition, reason: reason, raw: message.raw)
        verdicts.append(Verdict(receipt: message.receipt, unreadable: kept))
    }

    // MARK: History

    /// The next question to ask history, if there is one and none is open.
    public mutating func nextQuestion() -> Question? {
        guard question == nil else { return nil }
        if case .stopped = phase { return nil }
        let wantsEntries = phase == .live && (isCatchingUp || !held.doubtful.isEmpty)
        guard wantsEntries || isCheckDue else { return nil }
        // Reading ahead of the commits is bounded.
        let hasEnough = !held.ready.isEmpty && (isFull || held.ready.count >= 2 * Self.page)
        if wantsEntries && hasEnough { return nil }
        isCheckDue = false
        questions += 1
        question = Question(
            after: accepted, limit: wantsEntries ? Self.page : 0, number: questions, anchor: acceptedAnchor)
        return question
    }

    /// History could not answer; the question is asked again when a check is due.
    public mutating func unanswered(_ question: Question) {
        guard question == self.question else { return }
        self.question = nil
        isHistoryAway = true
    }

    /// Time to ask history for the head.
    public mutating func checkDue() {
        isCheckDue = true
        isStandby = false
    }

    /// History has answered.
    ///
    /// - Parameter decoded: The slice's entries, decoded; left out by those who look at places only.
    /// - Returns: Whether the lane should look again soon: it is behind, but the queue may bring what is missing.
    public mutating func answered(
        _ question: Question, _ slice: LogSlice, decoded: [PostingEntry]? = nil
    ) -> Bool {
        guard question == self.question else { return false }
        self.question = nil
        isHistoryAway = false
        isLettingGo = false
        if case .stopped = phase { return false }
        if let stop = contradiction(question, slice) {
            if question.after > checkpoint?.offset ?? .zero, stop.isAboutOneEvent { retreat() } else { self.stop(stop) }
            return false
        }
        epoch = slice.epoch
        head = max(slice.head, accepted)
        let wasUnverified = phase == .unverified
        phase = .live
        wasVerified = true
        let entries = decoded ?? slice.entries.map { PostingEntry(log: $0, event: nil) }
        for entry in entries where follows(entry.log) { accept(entry, nil) }
        judgeDoubtful(question, slice.head, entries, all: wasUnverified)
        return lookBehind(slice.head, isFruitless: question.limit > 0 && accepted == question.after)
    }

    /// Gives up what is not committed, as history does not have it, and asks at the checkpoint.
    private mutating func retreat() {
        let letGo = verdicts + held.removeAll().map { Verdict(receipt: $0) }
        begin(at: checkpoint)
        verdicts = letGo
    }

    /// Posts nothing more. What comes is acknowledged: whoever starts anew reads it from history.
    public mutating func stop(_ reason: Stop) {
        guard phase != .stopped(reason) else { return }
        phase = .stopped(reason)
        verdicts += held.removeAll().map { Verdict(receipt: $0) }
    }

    /// Whether history has still to say that what was posted is of its log. What another worker has posted since is not
    /// doubted: that one has asked.
    public var isDoubted: Bool { phase == .unverified && !isStandby && !wasVerified }

    /// Compares what history says with what was posted.
    private func contradiction(_ question: Question, _ slice: LogSlice) -> Stop? {
        guard slice.partitionCount == partitionCount else {
            return .partitionCountDiffers(log: slice.partitionCount, here: partitionCount)
        }
        if let epoch, epoch != slice.epoch, checkpoint != nil || accepted > .zero {
            return .epochChanged(now: slice.epoch)
        }
        guard question.after > .zero else { return nil }
        guard let anchor = slice.anchor else { return .aheadOfLog(head: slice.head) }
        return anchor == question.anchor ? nil : .logDiffers(at: question.after)
    }

    /// Judges the messages that came before the question was asked; later ones may be beyond the head that it saw.
    private mutating func judgeDoubtful(
        _ question: Question, _ head: Offset, _ answer: [PostingEntry], all: Bool
    ) {
        for (message, event, askedAt) in held.takeDoubtful() {
            guard case .entry(_, let epoch, let entry) = message.content else { continue }
            if !all && epoch == self.epoch && entry.offset > head && askedAt < question.number {
                reject(message, "offset \(entry.offset) is beyond the source's log (head \(head))")
            } else if answer.contains(where: { $0.log.offset == entry.offset && $0.log.anchor != entry.anchor }) {
                reject(message, "history has another event at offset \(entry.offset)")
            } else if !all && epoch == self.epoch && entry.offset > accepted && entry.offset - accepted > 1
                && entry.offset <= head
            {
                // History brings it in its turn.
                verdicts.append(Verdict(receipt: message.receipt))
                isCatchingUp = true
            } else {
                receive(message, event: event)
            }
        }
    }

    /// Decides whether the queue or history shall bring what is missing: history, once the queue has stalled.
    ///
    /// - Parameter isFruitless: Whether history was asked for what is missing, and brought nothing of it.
    private mutating func lookBehind(_ head: Offset, isFruitless: Bool) -> Bool {
        guard accepted < head else {
            isCatchingUp = false
            stalledAt = nil
            return false
        }
        if isFruitless { isCatchingUp = false }
        if isCatchingUp { return false }
        if !isFruitless && (stalledAt == accepted || !isFedByQueue) {
            isCatchingUp = true
            return false
        }
        stalledAt = accepted
        return true
    }

    // MARK: Posting

    /// What is ready to be committed, at most `limit` entries; the lane keeps it until ``committed(_:)``.
    public func posting(limit: Int) -> Posting? {
        guard phase == .live, let epoch, let last = held.ready.prefix(limit).last?.entry.log else { return nil }
        let next = Checkpoint(epoch: epoch, offset: last.offset, anchor: last.anchor)
        return Posting(lane: lane, expected: checkpoint, entries: held.ready.prefix(limit).map(\.entry), next: next)
    }

    /// How many entries are ready to be committed.
    public var readyCount: Int { held.ready.count }

    /// Data and metadata of what was received and is not committed.
    var heldBytes: Int { held.bytes }

    /// Whether some of them came by queue: nobody waits to post those.
    public var hasReadyMessages: Bool { held.readyMessages > 0 }

    /// Whether history is about to bring more. One that is away is not waited for.
    public var isAwaitingHistory: Bool { isCatchingUp && question != nil && !isHistoryAway }

    /// The posting was committed.
    ///
    /// - Returns: The receipts of what is now posted.
    public mutating func committed(_ posting: Posting) -> [Receipt] {
        // A lane that was stopped, or has given up what was posted, knows nothing of it.
        let count = posting.entries.count
        guard checkpoint == posting.expected, held.ready.count >= count,
            held.ready.prefix(count).last?.entry.log.anchor == posting.next.anchor
        else { return [] }
        let receipts = held.removeFirst(count)
        checkpoint = posting.next
        lastRecordedAt = posting.entries.last?.log.recordedAt
        return receipts
    }

    /// What was decided about messages since the last call. To be acknowledged once everything that was accepted
    /// before is committed, and the unreadable ones are kept.
    public mutating func takeVerdicts() -> [Verdict] {
        defer { verdicts = [] }
        return verdicts
    }

    // MARK: The world changes

    /// A new session: what was received and not committed will come again.
    public mutating func reconnected() {
        _ = held.takeDoubtful()
        verdicts = []
        isCheckDue = true
    }

    /// The queue has begun to bring messages here, which went to another worker until now: begins at the read model's
    /// checkpoint as that one left it.
    public mutating func takeOver(at stored: Checkpoint?) {
        guard stored != checkpoint else { return }
        let messages = held.takeDoubtful()
        let letGo = verdicts + held.removeAll().map { Verdict(receipt: $0) }
        begin(at: stored)
        verdicts = letGo
        // They came before whatever will be asked.
        for (message, event, _) in messages { held.doubt(message, event, askedAt: 0) }
    }

    /// The message that was received first of those that are neither posted nor judged.
    var oldestReceipt: Receipt? {
        let receipts = [
            held.ready.first { $0.receipt != nil }?.receipt, held.doubtful.first?.message.receipt,
        ]
        return receipts.compactMap(\.self).min { $0.tag < $1.tag }
    }

    /// Leaves to history what was received and cannot be posted for a long time: the broker does not wait for ever, and
    /// other sources share the queue.
    public mutating func letGo() {
        verdicts += held.removeAll().map { Verdict(receipt: $0) }
        isCheckDue = true
        isLettingGo = true
    }

    /// The read model's checkpoint as it stands: if another worker has moved it, this one stands by.
    ///
    /// - Returns: Whether it was moved.
    public mutating func adopt(_ stored: Checkpoint?) -> Bool {
        guard stored != checkpoint else { return false }
        // What was received is let go: history has it, should it still be missing.
        let letGo = verdicts + held.removeAll().map { Verdict(receipt: $0) }
        standBy(at: stored)
        verdicts = letGo
        return true
    }

    /// Another worker posts to the same read model, and no message has come here: what is missing may be that one's
    /// business. It is left to it once at each checkpoint, so that what it does not see to is fetched all the same.
    ///
    /// - Returns: Whether this one stands by.
    public mutating func leaveToOthers() -> Bool {
        let isIdle = held.ready.isEmpty && held.doubtful.isEmpty && verdicts.isEmpty && !isCatchingUp
        guard isFedByQueue, isIdle, phase == .unverified || phase == .live, leftAt != accepted else { return false }
        standBy(at: checkpoint)
        leftAt = accepted
        return true
    }

    /// Begins anew at the read model's checkpoint, if it has stopped: that may be of the present log now.
    public mutating func restart(at stored: Checkpoint?) {
        guard case .stopped = phase else { return }
        let letGo = verdicts
        begin(at: stored)
        verdicts = letGo
        wasVerified = false
    }

    private mutating func standBy(at checkpoint: Checkpoint?) {
        begin(at: checkpoint)
        isStandby = true
        isCheckDue = false
    }

    /// Begins at a checkpoint. Answers that are still to come are none to what is asked from now on.
    private mutating func begin(at checkpoint: Checkpoint?) {
        let (questions, wasVerified) = (self.questions, self.wasVerified)
        self = LaneState(
            lane: lane, partitionCount: partitionCount, checkpoint: checkpoint, isFedByQueue: isFedByQueue,
            byteLimit: byteLimit)
        (self.questions, self.wasVerified) = (questions, wasVerified)
    }
}
