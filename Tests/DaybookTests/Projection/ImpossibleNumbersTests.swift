import Testing

@testable import Daybook

@Suite struct `Impossible numbers in what others say` {
    @Test(arguments: [Timestamp(microseconds: .min), Timestamp(microseconds: .max)])
    func `leave a lane that is behind with a status`(recordedAt: Timestamp) throws {
        var lane = LaneState(lane: RunnerFixture.lane(0), partitionCount: 2, checkpoint: nil)
        var entry = RunnerFixture.entry(0, 1)
        entry.recordedAt = recordedAt
        let question = lane.nextQuestion()
        _ = lane.answered(
            try #require(question),
            LogSlice(epoch: RunnerFixture.epoch, partitionCount: 2, head: 2, anchor: nil, entries: [entry]))
        let posting = try #require(lane.posting(limit: 1))
        _ = lane.committed(posting)
        let status = lane.status(at: Timestamp(microseconds: 1_000_000), failure: nil)
        #expect(status.lag == 1 && status.lagSeconds >= 0)
    }

    @Test func `end a count at the least and the greatest number`() {
        let (least, greatest) = (Offset(rawValue: .min), Offset(rawValue: .max))
        #expect(greatest.next == greatest && least.previous == least)
        #expect(greatest + 5 == greatest && least + -5 == least)
        #expect(greatest - least == .max && least - greatest == .min)
        #expect(Offset(rawValue: 3).previous == 2 && Offset(rawValue: 3) - 5 == -2)
    }

    @Test func `leave a past history without what comes after it`() async throws {
        var entry = RunnerFixture.entry(0, 1)
        entry.place.offset = Offset(rawValue: .min)
        entry.recordedAt = Timestamp(microseconds: 2)
        let past = PastHistory(OneEntry(entry: entry), upTo: .time(Timestamp(microseconds: 1)))
        let slice = try await past.slice(of: "writer", Partition(0), after: .zero, limit: 10)
        #expect(slice.entries.isEmpty)
    }
}

/// A history of a single entry.
private struct OneEntry: History {
    let entry: LogEntry

    func slice(of source: Source, _ partition: Partition, after offset: Offset, limit: Int) async throws -> LogSlice {
        LogSlice(epoch: RunnerFixture.epoch, partitionCount: 2, head: 1, anchor: nil, entries: [entry])
    }
}
