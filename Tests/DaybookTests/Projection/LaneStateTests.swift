import Testing

@testable import Daybook

@Suite struct `A lane's state` {
    private static let lane = Lane(source: "writer", partition: Partition(0))
    private static let epoch = UniqueID(high: 7, low: 7)

    private static func hash(_ offset: Int64) -> ChainHash {
        ChainHash(bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: offset), count: 32)) ?? .genesis
    }

    private static func entry(_ offset: Int64, bytes: Int = 0) -> LogEntry {
        LogEntry(
            place: LogPlace(partition: Partition(0), offset: Offset(rawValue: offset)),
            id: IntegrationEventID(event: UniqueID(high: 0, low: UInt64(offset))), type: "a.happened",
            schemaVersion: 1, stream: StreamName(stored: "a-1"), streamVersion: StreamVersion(rawValue: offset),
            occurredAt: Timestamp(microseconds: offset), recordedAt: Timestamp(microseconds: offset),
            data: [UInt8](repeating: 0x20, count: bytes)[...], metadata: [], hash: hash(offset),
            previousHash: hash(offset - 1))
    }

    private func message(
        _ offset: Int64, epoch: Epoch = Self.epoch, tag: UInt64? = nil, bytes: Int = 0
    ) -> IncomingMessage {
        let receipt = Receipt(session: 1, partition: Partition(0), tag: tag ?? UInt64(offset))
        return IncomingMessage(
            receipt: receipt, content: .entry("writer", epoch, Self.entry(offset, bytes: bytes)),
            raw: RawMessage(body: [], bodySize: 0) { "{}" })
    }

    private func slice(
        after offset: Int64 = 0, head: Int64, entries: ClosedRange<Int64>? = nil, epoch: Epoch = Self.epoch
    ) -> LogSlice {
        LogSlice(
            epoch: epoch, partitionCount: 8, head: Offset(rawValue: head),
            anchor: offset > 0 && offset <= head ? Self.entry(offset).anchor : nil,
            entries: entries.map { $0.map { Self.entry($0) } } ?? [])
    }

    /// A lane that history has verified at its end.
    private func live(at checkpoint: Checkpoint? = nil) throws -> LaneState {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        let offset = (checkpoint?.offset ?? .zero).rawValue
        _ = lane.answered(try lane.ask(), slice(after: offset, head: offset))
        return lane
    }

    @Test func `posts nothing before history has verified it`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        lane.receive(message(6))
        #expect(lane.posting(limit: 10) == nil)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 6))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [6])
    }

    @Test func `takes the first event of a log from history alone`() throws {
        var lane = try live()
        lane.receive(message(1, tag: 1))
        #expect(lane.posting(limit: 10) == nil)
        _ = lane.answered(try lane.ask(), slice(head: 0))
        let forged = lane.takeVerdicts()
        #expect(forged.map { $0.unreadable != nil } == [true])
        lane.receive(message(1, tag: 2))
        lane.receive(message(2, tag: 3))
        _ = lane.answered(try lane.ask(), slice(head: 2, entries: 1...1))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [1, 2])
        #expect(lane.takeVerdicts().map(\.receipt.tag) == [2])
    }

    @Test func `gives up what history does not have if it is not committed, and goes on at its checkpoint`() throws {
        var lane = try live(at: checkpoint)
        var forged = Self.entry(6)
        forged.hash = Self.hash(99)
        let receipt = Receipt(session: 1, partition: Partition(0), tag: 1)
        let raw = RawMessage(body: [], bodySize: 0) { "{}" }
        lane.receive(IncomingMessage(receipt: receipt, content: .entry("writer", Self.epoch, forged), raw: raw))
        let posting = try #require(lane.posting(limit: 10))
        lane.checkDue()
        _ = lane.answered(try lane.ask(), slice(after: 6, head: 6))
        #expect(lane.phase == .unverified && !lane.isDoubted && lane.posting(limit: 10) == nil)
        #expect(lane.takeVerdicts().map(\.receipt.tag) == [1])
        lane.receive(message(6, tag: 2))
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 6))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.anchor) == [Self.entry(6).anchor])
        // Should it have been committed meanwhile, the next transaction is fenced, and the lane looks again.
        _ = lane.committed(posting)
        #expect(lane.checkpoint == checkpoint)
    }

    @Test func `asks later, and not at once, a history that does not bring what it says it has`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint, isFedByQueue: false)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 9))
        let looksAgain = lane.answered(try lane.ask(), slice(after: 5, head: 9))
        #expect(looksAgain)
        try lane.hasNothingToAsk()
        lane.checkDue()
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 9))
        #expect(try lane.ask().limit > 0)
    }

    @Test func `names a forgery as a possible cause where a log seems to be another one`() {
        for stop in [LaneState.Stop.aheadOfLog(head: 3), .logDiffers(at: 5)] {
            #expect(stop.description.contains("forged"))
        }
    }

    @Test func `posts what is next, once, and acknowledges repeats`() throws {
        var lane = try live(at: checkpoint)
        lane.receive(message(6, tag: 1))
        lane.receive(message(6, tag: 2))
        lane.receive(message(7, tag: 3))
        let posting = try #require(lane.posting(limit: 10))
        #expect(posting.entries.map(\.log.offset) == [6, 7] && posting.expected == checkpoint)
        let repeats = lane.takeVerdicts()
        #expect(repeats.map(\.receipt.tag) == [2])
        let receipts = lane.committed(posting)
        #expect(receipts.map(\.tag) == [1, 3])
        #expect(lane.checkpoint?.offset == 7)
    }

    @Test func `fills a gap from history`() throws {
        var lane = try live()
        lane.receive(message(3))
        #expect(lane.posting(limit: 10) == nil)
        let question = try lane.ask()
        #expect(question.after == 0 && question.limit > 0)
        _ = lane.answered(question, slice(head: 3, entries: 1...3))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [1, 2, 3])
        let verdicts = lane.takeVerdicts()
        #expect(verdicts.map(\.receipt.tag) == [3])
    }

    @Test func `keeps a message whose offset the log does not have`() throws {
        var lane = try live()
        lane.receive(message(1_000_000_000_000, tag: 9))
        _ = lane.answered(try lane.ask(), slice(head: 0))
        let verdicts = lane.takeVerdicts()
        let verdict = try #require(verdicts.first)
        #expect(verdict.receipt.tag == 9 && verdict.unreadable?.reason.contains("beyond the source's log") == true)
    }

    @Test func `does not judge a message by an answer to what was asked before it came`() throws {
        var lane = try live()
        lane.checkDue()
        let question = try lane.ask()
        lane.receive(message(2))
        _ = lane.answered(question, slice(head: 0))
        let verdicts = lane.takeVerdicts()
        #expect(verdicts.isEmpty)
        _ = lane.answered(try lane.ask(), slice(head: 2, entries: 1...2))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [1, 2])
        let later = lane.takeVerdicts()
        #expect(later.map { $0.unreadable == nil } == [true])
    }

    @Test func `keeps a message of an epoch that history does not know, and asks`() throws {
        var lane = try live()
        try lane.hasNothingToAsk()
        lane.receive(message(1, epoch: UniqueID(high: 9, low: 9)))
        let verdicts = lane.takeVerdicts()
        #expect(verdicts.first?.unreadable != nil)
        let question = try lane.ask()
        #expect(question.limit == 0)
    }

    /// A lane with room for 1,000 bytes.
    private func small(isFedByQueue: Bool) throws -> LaneState {
        var lane = LaneState(
            lane: Self.lane, partitionCount: 8, checkpoint: checkpoint, isFedByQueue: isFedByQueue, byteLimit: 1000)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: isFedByQueue ? 5 : 20))
        return lane
    }

    private func large(_ offsets: ClosedRange<Int64>) -> LogSlice {
        var answer = slice(after: offsets.lowerBound - 1, head: 20)
        answer.entries = offsets.map { Self.entry($0, bytes: 400) }
        return answer
    }

    @Test func `reads no further ahead than it has bytes for`() throws {
        var lane = try small(isFedByQueue: false)
        _ = lane.answered(try lane.ask(), large(6...7))
        _ = lane.answered(try lane.ask(), large(8...8))
        lane.checkDue()
        try lane.hasNothingToAsk()
        let posting = try #require(lane.posting(limit: 2))
        _ = lane.committed(posting)
        #expect(try lane.ask().after == 8)
    }

    @Test func `leaves messages to history for which it has no room`() throws {
        var lane = try small(isFedByQueue: true)
        for offset in 6...10 as ClosedRange<Int64> { lane.receive(message(offset, bytes: 400)) }
        let posting = try #require(lane.posting(limit: 10))
        #expect(posting.entries.map(\.log.offset) == [6, 7, 8])
        let verdicts = lane.takeVerdicts()
        #expect(verdicts.map(\.receipt.tag) == [9, 10] && verdicts.allSatisfy { $0.unreadable == nil })
        _ = lane.committed(posting)
        _ = lane.answered(try lane.ask(), large(9...10))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [9, 10])
    }

    @Test func `asks what is missing although it is full of messages that come after it`() throws {
        var lane = try small(isFedByQueue: true)
        for offset in 7...11 as ClosedRange<Int64> { lane.receive(message(offset, bytes: 400)) }
        #expect(lane.takeVerdicts().map(\.receipt.tag) == [10, 11])
        _ = lane.answered(try lane.ask(), large(6...6))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [6, 7, 8])
        #expect(lane.takeVerdicts().map(\.receipt.tag) == [9] && lane.isCatchingUp)
    }

    @Test func `is not doubted when it takes over from another worker, nor waits for a history that is away`() throws {
        var lane = try live()
        _ = lane.adopt(checkpoint)
        lane.checkDue()
        #expect(!lane.isDoubted && lane.phase == .unverified)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 9))
        lane.checkDue()
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 9))
        let question = try lane.ask()
        #expect(lane.isAwaitingHistory)
        lane.unanswered(question)
        lane.checkDue()
        _ = try lane.ask()
        #expect(!lane.isAwaitingHistory)
    }

    @Test func `lets go of what it cannot post for long, and has it from history`() throws {
        var lane = try live(at: checkpoint)
        lane.receive(message(6))
        lane.letGo()
        #expect(lane.takeVerdicts().map(\.receipt.tag) == [6] && lane.posting(limit: 10) == nil)
        lane.receive(message(7))
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 7, entries: 6...7))
        #expect(lane.posting(limit: 10)?.entries.count == 2)
    }

    @Test func `keeps nothing that only history can judge once it has let go, until there is an answer`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: nil)
        let question = try lane.ask()
        lane.receive(message(1))
        lane.letGo()
        lane.receive(message(2))
        #expect(lane.takeVerdicts().map(\.receipt.tag) == [1, 2])
        lane.unanswered(question)
        lane.checkDue()
        let asked = try lane.ask()
        lane.receive(message(3))
        #expect(lane.takeVerdicts().map(\.receipt.tag) == [3])
        _ = lane.answered(asked, slice(head: 2))
        // The answer may not know of the last one yet.
        _ = lane.answered(try lane.ask(), slice(head: 3))
        #expect(lane.isCatchingUp)
        _ = lane.answered(try lane.ask(), slice(head: 3, entries: 1...3))
        #expect(lane.posting(limit: 10)?.entries.count == 3)
    }

    @Test func `leaves what is missing to the queue first, and to history when the queue has stalled`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: nil)
        let looksAgain = lane.answered(try lane.ask(), slice(head: 5))
        #expect(looksAgain)
        try lane.hasNothingToAsk()
        #expect(!lane.isCatchingUp)
        lane.checkDue()
        _ = lane.answered(try lane.ask(), slice(head: 5))
        let question = try lane.ask()
        #expect(lane.isCatchingUp && question.limit > 0)
    }

    private var checkpoint: Checkpoint {
        Checkpoint(epoch: Self.epoch, offset: 5, anchor: Self.entry(5).anchor)
    }

    @Test func `stops when the source has another epoch`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        let other = UniqueID(high: 8, low: 8)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 9, epoch: other))
        #expect(lane.phase == .stopped(.epochChanged(now: other)))
        lane.receive(message(6))
        let verdicts = lane.takeVerdicts()
        // Acknowledged, so that other sources in the queue go on; whoever starts anew has it from history.
        #expect(lane.posting(limit: 10) == nil && verdicts.count == 1)
    }

    @Test func `that is stopped has a lag, and knows after a restart how old its last event is`() throws {
        let now = Timestamp(microseconds: 1_000_000_000_000)
        // A UUIDv7 of a minute before.
        let id = UniqueID(high: UInt64(now.microseconds / 1000 - 60_000) << 16 | 0x7000, low: 1)
        let anchor = LogAnchor(id: IntegrationEventID(event: id), hash: Self.hash(5))
        let checkpoint = Checkpoint(epoch: Self.epoch, offset: 5, anchor: anchor)
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        var answer = slice(after: 5, head: 9)
        answer.anchor = anchor
        _ = lane.answered(try lane.ask(), answer)
        let behind = lane.status(at: now, failure: nil)
        #expect(behind.state == .live && behind.lag == 4 && behind.lagSeconds == 60)
        lane.checkDue()
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 9, epoch: UniqueID(high: 8, low: 8)))
        let stopped = lane.status(at: now, failure: nil)
        #expect(stopped.state == .stopped && stopped.lag == 9 && stopped.lagSeconds == 60)
    }

    @Test func `stops when the log has another number of partitions`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 4, checkpoint: nil)
        _ = lane.answered(try lane.ask(), slice(head: 0))
        #expect(lane.phase == .stopped(.partitionCountDiffers(log: 8, here: 4)))
    }

    @Test func `stands by when another worker has moved its checkpoint, and lets go of its messages`() throws {
        var lane = try live()
        lane.receive(message(1))
        let isMoved = lane.adopt(checkpoint)
        #expect(isMoved && lane.isStandby && lane.posting(limit: 10) == nil)
        let verdicts = lane.takeVerdicts()
        #expect(verdicts.map(\.receipt.tag) == [1])
        try lane.hasNothingToAsk()
        // The first message shows that the queue is its own now.
        lane.receive(message(6))
        #expect(try !lane.isStandbyAfterAsking())
    }

    @Test func `leaves what is missing to another worker once, and fetches it when that one does not`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        let isLeft = lane.leaveToOthers()
        #expect(isLeft && lane.isStandby)
        try lane.hasNothingToAsk()
        let isLeftAgain = lane.leaveToOthers()
        #expect(!isLeftAgain)
        lane.checkDue()
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 6))
        lane.checkDue()
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 6))
        #expect(lane.isCatchingUp)
    }

    @Test func `begins where another worker has left off when the queue comes to it`() throws {
        var lane = try live(at: checkpoint)
        lane.receive(message(6))
        lane.receive(message(9))
        let later = Checkpoint(epoch: Self.epoch, offset: 6, anchor: Self.entry(6).anchor)
        lane.takeOver(at: later)
        #expect(!lane.isStandby && lane.checkpoint == later && lane.phase == .unverified)
        // What was ready is that worker's by now; what could not be judged still can.
        #expect(lane.takeVerdicts().map(\.receipt.tag) == [6])
        lane.receive(message(7))
        _ = lane.answered(try lane.ask(), slice(after: 6, head: 9))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [7])
        #expect(lane.posting(limit: 10)?.expected == later)
    }

    @Test func `stays stopped whatever history still answers`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        let question = try lane.ask()
        lane.stop(.aheadOfLog(head: 3))
        _ = lane.answered(question, slice(after: 5, head: 9))
        #expect(lane.phase == .stopped(.aheadOfLog(head: 3)))
        try lane.hasNothingToAsk()
    }

    @Test func `stops when it is ahead of the log`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 3))
        #expect(lane.phase == .stopped(.aheadOfLog(head: 3)))
    }

    @Test func `stops when the log has another event at its checkpoint`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        var answer = slice(after: 5, head: 9)
        answer.anchor = Self.entry(4).anchor
        _ = lane.answered(try lane.ask(), answer)
        #expect(lane.phase == .stopped(.logDiffers(at: 5)))
    }

    @Test func `does not take an entry of another log for the next one`() throws {
        var lane = LaneState(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 5))
        var foreign = Self.entry(6)
        foreign.previousHash = Self.hash(1)
        let receipt = Receipt(session: 1, partition: Partition(0), tag: 1)
        let raw = RawMessage(body: [], bodySize: 0) { "{}" }
        lane.receive(IncomingMessage(receipt: receipt, content: .entry("writer", Self.epoch, foreign), raw: raw))
        #expect(lane.posting(limit: 10) == nil)
        _ = try lane.ask()
    }

    @Test func `does not wait for a queue that it does not have`() throws {
        let lane = Lane(source: "writer", partition: Partition(0))
        var state = LaneState(lane: lane, partitionCount: 8, checkpoint: nil, isFedByQueue: false)
        let looksAgain = state.answered(try state.ask(), slice(head: 2))
        #expect(!looksAgain && state.isCatchingUp)
        #expect(try state.ask().limit > 0 && state.isAwaitingHistory)
    }

    @Test func `acknowledges only what has nothing open before it`() {
        var state = AcknowledgementState()
        for tag in 1...4 as ClosedRange<UInt64> { state.received(tag) }
        let settled = [state.settle([2, 4]), state.settle([1]), state.settle([3])]
        #expect(settled == [nil, 2, 4])
    }
}

extension LaneState {
    fileprivate mutating func ask() throws -> Question {
        let question = nextQuestion()
        return try #require(question)
    }

    fileprivate mutating func isStandbyAfterAsking() throws -> Bool {
        _ = try ask()
        return isStandby
    }

    fileprivate mutating func hasNothingToAsk() throws {
        let question = nextQuestion()
        #expect(question == nil)
    }
}
