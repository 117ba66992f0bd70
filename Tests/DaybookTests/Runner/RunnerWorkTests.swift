import Testing

@testable import Daybook

@Suite struct `What a runner holds` {
    private func unreadable(_ tag: UInt64, bytes: Int) -> MessageDecision {
        let raw = RawMessage(body: [UInt8](repeating: 0x20, count: bytes), bodySize: bytes) { "{}" }
        return MessageDecision(
            receipt: Receipt(session: 1, partition: Partition(0), tag: tag),
            unreadable: UnreadableMessage(partition: Partition(0), reason: "no CloudEvent", raw: raw))
    }

    @Test func `is the beginning of unreadable messages only, once many large ones wait to be kept`() {
        var work = RunnerWork(states: [], policy: FailurePolicy(), batchLimit: 10)
        for tag in 1...10 { work.decisions.append(unreadable(UInt64(tag), bytes: 4 << 20)) }
        let kept = work.takeBatch().unreadable
        #expect(kept.map(\.raw.body.count) == [Int](repeating: 4 << 20, count: 8) + [1024, 1024])
        #expect(kept.allSatisfy { $0.raw.bodySize == 4 << 20 })
    }

    /// A lane that asks history for more, and has this much of it.
    private func reading(bytes: Int) throws -> LaneState {
        var lane = LaneState(
            lane: RunnerFixture.lane(0), partitionCount: 2, checkpoint: nil, isFedByQueue: false, byteLimit: 64 << 20)
        func answer(_ entries: [LogEntry]) throws {
            let question = lane.nextQuestion()
            _ = lane.answered(
                try #require(question),
                LogSlice(epoch: RunnerFixture.epoch, partitionCount: 2, head: 2, anchor: nil, entries: entries))
        }
        try answer([])
        var entry = RunnerFixture.entry(0, 1)
        entry.data = [UInt8](repeating: 0x20, count: bytes)[...]
        try answer([entry])
        let next = lane.nextQuestion()
        #expect(next != nil && lane.isAwaitingHistory && lane.readyCount == 1)
        return lane
    }

    @Test func `waits for more of history until it is many bytes, however few the events are`() throws {
        for (bytes, isWorthWaiting) in [(1 << 20, true), (16 << 20, false)] {
            let work = RunnerWork(states: [try reading(bytes: bytes)], policy: FailurePolicy(), batchLimit: 10)
            #expect(work.isWorthWaiting == isWorthWaiting)
        }
    }

    @Test func `is shared by its lanes, of which each has room for an answer of history`() {
        #expect(RunnerWork.byteLimit(lanes: 8) == 4 << 20)
        #expect(RunnerWork.byteLimit(lanes: 800) == 1 << 20)
    }

    @Test func `is not let go of while it is being committed, however long that takes`() throws {
        var work = RunnerWork(states: [try RunnerFixture.holdingLane()], policy: FailurePolicy(), batchLimit: 10)
        let begin = ContinuousClock.now
        work.transaction = .underWay
        for now in [begin, begin + .seconds(60)] { work.letGo(after: .seconds(30), now: now) }
        #expect(work.states[0].readyCount == 1 && work.decisions.takeSettled().isEmpty)
        work.transaction = .none
        work.letGo(after: .seconds(30), now: begin + .seconds(60))
        #expect(work.states[0].readyCount == 0 && work.decisions.takeSettled().map(\.receipt.tag) == [7])
    }
}
