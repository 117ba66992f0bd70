/// The state of one partition of one source in a projection, and what is to be done next. Pure: no clock, no broker, no
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
        /// History has not confirmed yet that the checkpoint belongs to the source's log. Nothing is applied.
        case unverified
        case live(CatchUp)
        case stopped(Stop)
    }

    /// The way in which a live lane comes to what it is missing.
    public enum CatchUp: Sendable, Hashable {
        /// By queue. If it is behind, then only since a moment ago.
        case queue
        /// By queue, which had not brought it at the last look at the head, when the lane was here.
        case stalled(at: Offset)
        /// A range is being read from history.
        case history
    }

    public enum Action: Sendable {
        case decide(MessageDecision)
        /// Call ``checkDue()`` after a moment: the lane is behind, but the queue may bring what is missing.
        case lookSoon
    }

    /// The parameters that do not change.
    struct Configuration: Sendable {
        let lane: Lane
        /// The number of partitions that the source's log is taken to have.
        let partitionCount: Int
        /// `true` where a queue may bring what is missing, so that it is worth waiting for.
        let isFedByQueue: Bool
        /// The bytes from which on nothing more is held before some of it is committed.
        let byteLimit: Int
    }

    /// The committed state.
    struct Committed: Sendable {
        var checkpoint: Checkpoint?
        /// The time when the last committed entry was recorded.
        var recordedAt: Timestamp?
    }

    let configuration: Configuration
    public internal(set) var phase = Phase.unverified
    var committed: Committed
    /// The source's log, as history or an accepted entry has shown it.
    var epoch: Epoch?
    public internal(set) var head: Offset
    var ownership = LaneOwnership()
    var inquiry = LaneInquiry()
    var held = HeldEntries()
    static let page = 3000

    /// - Parameters:
    ///   - partitionCount: The number of partitions that the source's log is taken to have.
    ///   - isFedByQueue: `true` where a queue may bring what is missing, so that it is worth waiting for.
    ///   - byteLimit: The bytes from which on nothing more is held before some of it is committed.
    public init(
        lane: Lane, partitionCount: Int, checkpoint: Checkpoint?, isFedByQueue: Bool = true, byteLimit: Int = 4 << 20
    ) {
        configuration = Configuration(
            lane: lane, partitionCount: partitionCount, isFedByQueue: isFedByQueue, byteLimit: byteLimit)
        committed = Committed(checkpoint: checkpoint)
        epoch = checkpoint?.epoch
        head = checkpoint?.offset ?? .zero
    }

    // MARK: Looking

    public var lane: Lane { configuration.lane }
    /// The checkpoint that was committed last.
    public var checkpoint: Checkpoint? { committed.checkpoint }
    /// The last entry that was accepted, committed or not.
    public var accepted: Offset { held.last?.offset ?? checkpoint?.offset ?? .zero }
    var acceptedAnchor: LogAnchor? { held.last?.anchor ?? checkpoint?.anchor }

    /// `true` while another worker applies this lane.
    public var isStandby: Bool { ownership.isStandby }
    /// `true` while history has still to say that what was applied is of its log.
    public var isDoubted: Bool { phase == .unverified && ownership.isDoubted }
    /// `true` while a range is being read from history.
    public var isCatchingUp: Bool { phase == .live(.history) }
    /// `true` once the lane has accepted everything up to the head that it last saw.
    public var isCurrent: Bool { isLive && accepted >= head && held.doubtful.isEmpty }
    var isLive: Bool { if case .live = phase { true } else { false } }
    var isFull: Bool { held.bytes >= configuration.byteLimit }

    // MARK: Messages

    /// Takes a message of this lane; `event` is what its entry was decoded to.
    public mutating func receive(_ message: IncomingMessage, event: (any DecodedEvent)? = nil) -> [Action] {
        guard case .entry(_, let epoch, let entry) = message.content else { return [] }
        switch phase {
        case .stopped: return [.acknowledge(message.receipt)]
        case .unverified:
            if isStandby { checkDue() }
            return doubt(message, event)
        case .live:
            if epoch != self.epoch {
                // A message never says which log is the right one, but it is a reason to ask.
                inquiry.isDue = true
                return [reject(message, because: "epoch \(epoch) is not the source's")]
            }
            if entry.offset <= accepted { return [.acknowledge(message.receipt)] }
            // The first one too: it has nothing before it that only its log could know.
            guard accepted > .zero && follows(entry) && !isFull else { return doubt(message, event) }
            accept(PostingEntry(log: entry, event: event), receipt: message.receipt)
            return []
        }
    }

    /// Keeps a message until history has judged it. One for which there is no room, or no time, is left to history.
    private mutating func doubt(_ message: IncomingMessage, _ event: (any DecodedEvent)?) -> [Action] {
        guard inquiry.isLettingGo || isFull else {
            held.doubt(message, event, askedAt: inquiry.count)
            return []
        }
        inquiry.isDue = true
        if isLive { phase = .live(.history) }
        return [.acknowledge(message.receipt)]
    }

    /// `true` for the next entry of the log that was applied so far.
    func follows(_ entry: LogEntry) -> Bool {
        entry.offset > accepted && entry.offset - accepted == 1
            && entry.previousHash == acceptedAnchor?.hash ?? ChainHash.genesis
    }

    mutating func accept(_ entry: PostingEntry, receipt: Receipt?) {
        held.append(entry, receipt)
        head = max(head, entry.log.offset)
    }

    func reject(_ message: IncomingMessage, because reason: String) -> Action {
        let kept = UnreadableMessage(partition: lane.partition, reason: reason, raw: message.raw)
        return .decide(MessageDecision(receipt: message.receipt, unreadable: kept))
    }

    // MARK: Committing

    /// The first entries that are ready to be committed; the lane keeps them until ``committed(_:)``.
    public func posting(limit: Int) -> Posting? {
        guard isLive, let epoch, let last = held.ready.prefix(limit).last?.entry.log else { return nil }
        let next = Checkpoint(epoch: epoch, offset: last.offset, anchor: last.anchor)
        return Posting(lane: lane, expected: checkpoint, entries: held.ready.prefix(limit).map(\.entry), next: next)
    }

    /// The number of entries that are ready to be committed.
    public var readyCount: Int { held.ready.count }

    /// Bytes of data and metadata of what was received and is not committed.
    var heldBytes: Int { held.bytes }

    /// `true` when some of what is ready came by queue: nobody waits to apply that.
    public var hasReadyMessages: Bool { held.readyMessages > 0 }

    /// Notes that entries were committed.
    ///
    /// - Returns: The receipts of those that came by queue.
    public mutating func committed(_ posting: Posting) -> [Receipt] {
        // A lane that was stopped, or has given up what was applied, knows nothing of it.
        let count = posting.entries.count
        guard checkpoint == posting.expected, held.ready.count >= count,
            held.ready.prefix(count).last?.entry.log.anchor == posting.next.anchor
        else { return [] }
        let receipts = held.removeFirst(count)
        committed = Committed(checkpoint: posting.next, recordedAt: posting.entries.last?.log.recordedAt)
        return receipts
    }

    /// The message that was received first of those that are neither committed nor judged.
    var oldestReceipt: Receipt? {
        let receipts = [
            held.ready.first { $0.receipt != nil }?.receipt, held.doubtful.first?.message.receipt,
        ]
        return receipts.compactMap(\.self).min { $0.tag < $1.tag }
    }
}

extension LaneState.Action {
    /// The decision that a message is settled.
    static func acknowledge(_ receipt: Receipt) -> Self { .decide(MessageDecision(receipt: receipt)) }
}
