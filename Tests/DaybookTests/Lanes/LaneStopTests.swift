import Testing

@testable import Daybook

@Suite struct `A lane that has stopped` {
    private func stopped() throws -> ObservedLane {
        var lane = ObservedLane(try RunnerFixture.holdingLane())
        lane.stop(.aheadOfLog(head: 0))
        return lane
    }

    @Test func `lets go of the messages that it had`() throws {
        var lane = try stopped()
        #expect(lane.takeDecisions().map(\.receipt.tag) == [7])
    }

    @Test func `is doubted when it begins anew, until history has confirmed its checkpoint`() throws {
        var lane = try stopped()
        lane.restart(at: lane.checkpoint)
        #expect(lane.phase == .unverified && lane.isDoubted)
        let question = lane.nextQuestion()
        _ = lane.answered(
            try #require(question),
            LogSlice(
                epoch: RunnerFixture.epoch, partitionCount: 2, head: 1, anchor: RunnerFixture.entry(0, 1).anchor,
                entries: []))
        #expect(lane.isLive && !lane.isDoubted)
    }
}
