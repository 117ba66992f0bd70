import Testing

@testable import Daybook

@Suite struct `A message that disagrees with history` {
    private typealias Fixture = RunnerFixture

    private func answer(_ lane: inout ObservedLane, head: Offset, _ entries: [LogEntry]) throws {
        let question = lane.nextQuestion()
        _ = lane.answered(
            try #require(question),
            LogSlice(epoch: Fixture.epoch, partitionCount: 2, head: head, anchor: nil, entries: entries))
    }

    @Test func `at its offset is kept, and is no repeat`() throws {
        var lane = ObservedLane(lane: Fixture.lane(0), partitionCount: 2, checkpoint: nil)
        try answer(&lane, head: .zero, [])
        for (tag, log) in [(1, 1), (2, 0)] as [(UInt64, UInt8)] {
            lane.receive(
                IncomingMessage(
                    receipt: Receipt(session: 1, partition: Partition(0), tag: tag),
                    content: .entry("writer", Fixture.epoch, Fixture.entry(0, 1, log: log)),
                    raw: RawMessage(body: [], bodySize: 0) { "{}" }))
        }
        try answer(&lane, head: 2, [Fixture.entry(0, 1), Fixture.entry(0, 2)])
        let decisions = lane.takeDecisions()
        #expect(decisions.map(\.receipt.tag) == [1, 2])
        #expect(decisions.first?.unreadable?.reason == "history has another event at offset 1")
        #expect(decisions.last?.unreadable == nil)
        #expect(lane.posting(limit: 10)?.entries.map(\.log) == [Fixture.entry(0, 1), Fixture.entry(0, 2)])
    }
}
