import Testing

@testable import Daybook

@Suite struct `A lane's room`: LaneTests {
    /// A lane with room for 1,000 bytes.
    private func small(isFedByQueue: Bool) throws -> ObservedLane {
        var lane = ObservedLane(
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
        let decisions = lane.takeDecisions()
        #expect(decisions.map(\.receipt.tag) == [9, 10] && decisions.allSatisfy { $0.unreadable == nil })
        _ = lane.committed(posting)
        _ = lane.answered(try lane.ask(), large(9...10))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [9, 10])
    }

    @Test func `asks what is missing although it is full of messages that come after it`() throws {
        var lane = try small(isFedByQueue: true)
        for offset in 7...11 as ClosedRange<Int64> { lane.receive(message(offset, bytes: 400)) }
        #expect(lane.takeDecisions().map(\.receipt.tag) == [10, 11])
        _ = lane.answered(try lane.ask(), large(6...6))
        #expect(lane.posting(limit: 10)?.entries.map(\.log.offset) == [6, 7, 8])
        #expect(lane.takeDecisions().map(\.receipt.tag) == [9] && lane.isCatchingUp)
    }

    @Test func `lets go of what it cannot post for long, and has it from history`() throws {
        var lane = try live(at: checkpoint)
        lane.receive(message(6))
        lane.letGo()
        #expect(lane.takeDecisions().map(\.receipt.tag) == [6] && lane.posting(limit: 10) == nil)
        lane.receive(message(7))
        _ = lane.answered(try lane.ask(), slice(after: 5, head: 7, entries: 6...7))
        #expect(lane.posting(limit: 10)?.entries.count == 2)
    }

    @Test func `keeps nothing that only history can judge once it has let go, until there is an answer`() throws {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: nil)
        let question = try lane.ask()
        lane.receive(message(1))
        lane.letGo()
        lane.receive(message(2))
        #expect(lane.takeDecisions().map(\.receipt.tag) == [1, 2])
        lane.unanswered(question)
        lane.checkDue()
        let asked = try lane.ask()
        lane.receive(message(3))
        #expect(lane.takeDecisions().map(\.receipt.tag) == [3])
        _ = lane.answered(asked, slice(head: 2))
        // The answer may not know of the last one yet.
        _ = lane.answered(try lane.ask(), slice(head: 3))
        #expect(lane.isCatchingUp)
        _ = lane.answered(try lane.ask(), slice(head: 3, entries: 1...3))
        #expect(lane.posting(limit: 10)?.entries.count == 3)
    }
}
