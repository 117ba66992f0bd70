import Testing

@testable import Daybook

@Suite struct `A lane among others`: LaneTests {
    @Test func `names a forgery as a possible cause where a log seems to be another one`() {
        for stop in [LaneState.Stop.aheadOfLog(head: 3), .logDiffers(at: 5)] {
            #expect(stop.description.contains("forged"))
        }
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

    @Test func `stops when the source has another epoch`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        let other = UniqueID(high: 8, low: 8)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 9, epoch: other))
        #expect(lane.phase == .stopped(.epochChanged(now: other)))
        lane.receive(message(6))
        let decisions = lane.takeDecisions()
        // Acknowledged, so that other sources in the queue go on; whoever starts anew has it from history.
        #expect(lane.posting(limit: 10) == nil && decisions.count == 1)
    }

    @Test func `that is stopped has a lag, and knows after a restart how old its last event is`() throws {
        let now = Timestamp(microseconds: 1_000_000_000_000)
        // A UUIDv7 of a minute before.
        let id = UniqueID(high: UInt64(now.microseconds / 1000 - 60_000) << 16 | 0x7000, low: 1)
        let anchor = LogAnchor(id: IntegrationEventID(event: id), hash: Self.hash(5))
        let checkpoint = Checkpoint(epoch: Self.epoch, offset: 5, anchor: anchor)
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
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
        var lane = ObservedLane(lane: Self.lane, partitionCount: 4, checkpoint: nil)
        _ = lane.answered(try lane.ask(), slice(head: 0))
        #expect(lane.phase == .stopped(.partitionCountDiffers(log: 8, here: 4)))
    }

    @Test func `stands by when another worker has moved its checkpoint, and lets go of its messages`() throws {
        var lane = try live()
        lane.receive(message(1))
        let isMoved = lane.adopt(checkpoint)
        #expect(isMoved && lane.isStandby && lane.posting(limit: 10) == nil)
        let decisions = lane.takeDecisions()
        #expect(decisions.map(\.receipt.tag) == [1])
        try lane.hasNothingToAsk()
        // The first message shows that the queue is its own now.
        lane.receive(message(6))
        #expect(try !lane.isStandbyAfterAsking())
    }

    @Test func `leaves what is missing to another worker once, and fetches it when that one does not`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
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
        #expect(lane.takeDecisions().map(\.receipt.tag) == [6])
        lane.receive(message(7))
        _ = lane.answered(try lane.ask(), slice(after: 6, head: 9))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [7])
        #expect(lane.posting(limit: 10)?.expected == later)
    }

    @Test func `stays stopped whatever history still answers`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        let question = try lane.ask()
        lane.stop(.aheadOfLog(head: 3))
        _ = lane.answered(question, slice(after: 5, head: 9))
        #expect(lane.phase == .stopped(.aheadOfLog(head: 3)))
        try lane.hasNothingToAsk()
    }

    @Test func `stops when it is ahead of the log`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 3))
        #expect(lane.phase == .stopped(.aheadOfLog(head: 3)))
    }

    @Test func `stops when the log has another event at its checkpoint`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        var answer = slice(after: 5, head: 9)
        answer.anchor = Self.entry(4).anchor
        _ = lane.answered(try lane.ask(), answer)
        #expect(lane.phase == .stopped(.logDiffers(at: 5)))
    }
}

extension ObservedLane {
    fileprivate mutating func isStandbyAfterAsking() throws -> Bool {
        _ = try ask()
        return self.isStandby
    }
}
