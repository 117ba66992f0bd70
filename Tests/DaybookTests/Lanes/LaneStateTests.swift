import Testing

@testable import Daybook

@Suite struct `A lane's state`: LaneTests {
    @Test func `posts nothing before history has verified it`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
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
        let forged = lane.takeDecisions()
        #expect(forged.map { $0.unreadable != nil } == [true])
        lane.receive(message(1, tag: 2))
        lane.receive(message(2, tag: 3))
        _ = lane.answered(try lane.ask(), slice(head: 2, entries: 1...1))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [1, 2])
        #expect(lane.takeDecisions().map(\.receipt.tag) == [2])
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
        #expect(lane.takeDecisions().map(\.receipt.tag) == [1])
        lane.receive(message(6, tag: 2))
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 6))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.anchor) == [Self.entry(6).anchor])
        // Should it have been committed meanwhile, the next transaction is fenced, and the lane looks again.
        _ = lane.committed(posting)
        #expect(lane.checkpoint == checkpoint)
    }

    @Test func `asks later, and not at once, a history that does not bring what it says it has`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint, isFedByQueue: false)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 9))
        let looksAgain = lane.answered(try lane.ask(), slice(after: 5, head: 9))
        #expect(looksAgain)
        try lane.hasNothingToAsk()
        lane.checkDue()
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 9))
        #expect(try lane.ask().limit > 0)
    }

    @Test func `posts what is next, once, and acknowledges repeats`() throws {
        var lane = try live(at: checkpoint)
        lane.receive(message(6, tag: 1))
        lane.receive(message(6, tag: 2))
        lane.receive(message(7, tag: 3))
        let posting = try #require(lane.posting(limit: 10))
        #expect(posting.entries.map(\.log.offset) == [6, 7] && posting.expected == checkpoint)
        let repeats = lane.takeDecisions()
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
        let decisions = lane.takeDecisions()
        #expect(decisions.map(\.receipt.tag) == [3])
    }

    @Test func `keeps a message whose offset the log does not have`() throws {
        var lane = try live()
        lane.receive(message(1_000_000_000_000, tag: 9))
        _ = lane.answered(try lane.ask(), slice(head: 0))
        let decisions = lane.takeDecisions()
        let decision = try #require(decisions.first)
        #expect(decision.receipt.tag == 9 && decision.unreadable?.reason.contains("beyond the source's log") == true)
    }

    @Test func `does not judge a message by an answer to what was asked before it came`() throws {
        var lane = try live()
        lane.checkDue()
        let question = try lane.ask()
        lane.receive(message(2))
        _ = lane.answered(question, slice(head: 0))
        let decisions = lane.takeDecisions()
        #expect(decisions.isEmpty)
        _ = lane.answered(try lane.ask(), slice(head: 2, entries: 1...2))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [1, 2])
        let later = lane.takeDecisions()
        #expect(later.map { $0.unreadable == nil } == [true])
    }

    @Test func `keeps a message of an epoch that history does not know, and asks`() throws {
        var lane = try live()
        try lane.hasNothingToAsk()
        lane.receive(message(1, epoch: UniqueID(high: 9, low: 9)))
        let decisions = lane.takeDecisions()
        #expect(decisions.first?.unreadable != nil)
        let question = try lane.ask()
        #expect(question.limit == 0)
    }

    @Test func `leaves what is missing to the queue first, and to history when the queue has stalled`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: nil)
        let looksAgain = lane.answered(try lane.ask(), slice(head: 5))
        #expect(looksAgain)
        try lane.hasNothingToAsk()
        #expect(!lane.isCatchingUp)
        lane.checkDue()
        _ = lane.answered(try lane.ask(), slice(head: 5))
        let question = try lane.ask()
        #expect(lane.isCatchingUp && question.limit > 0)
    }

    @Test func `does not take an entry of another log for the next one`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
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
        var state = ObservedLane(lane: lane, partitionCount: 8, checkpoint: nil, isFedByQueue: false)
        let looksAgain = state.answered(try state.ask(), slice(head: 2))
        #expect(!looksAgain && state.isCatchingUp)
        #expect(try state.ask().limit > 0 && state.isAwaitingHistory)
    }
}
