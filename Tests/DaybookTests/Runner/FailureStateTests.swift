import Testing

@testable import Daybook

@Suite struct `Events that cannot be posted` {
    private static let lane = Lane(source: "writer", partition: Partition(0))

    private static func entry(_ offset: Int64) -> LogEntry {
        LogEntry(
            place: LogPlace(partition: Partition(0), offset: Offset(rawValue: offset)),
            id: IntegrationEventID(event: UniqueID(high: 0, low: UInt64(offset))), type: "a.happened",
            schemaVersion: 1, stream: StreamName(stored: "a-1"), streamVersion: StreamVersion(rawValue: offset),
            occurredAt: Timestamp(microseconds: 0), recordedAt: Timestamp(microseconds: 0), data: [], metadata: [],
            hash: .genesis, previousHash: .genesis)
    }

    private func posting(_ offsets: ClosedRange<Int64>) -> Posting {
        let entries = offsets.map { PostingEntry(log: Self.entry($0), event: nil) }
        let last = Self.entry(offsets.upperBound)
        let next = Checkpoint(epoch: UniqueID(high: 1, low: 1), offset: last.offset, anchor: last.anchor)
        return Posting(lane: Self.lane, expected: nil, entries: entries, next: next)
    }

    private func admitted(_ state: FailureState, _ offsets: ClosedRange<Int64>) -> Posting? {
        state.admit(posting(offsets), of: 0) { count in
            count == 0 ? nil : posting(offsets.lowerBound...offsets.lowerBound + Int64(count) - 1)
        }
    }

    @Test func `are tried again with growing waits, and then parked`() {
        var state = FailureState(policy: FailurePolicy(retries: 2, longestWait: .milliseconds(150)))
        #expect(state.failed(0, at: 5, reason: "a") == .tryAgain(after: .milliseconds(100)))
        #expect(state.failed(0, at: 5, reason: "b") == .tryAgain(after: .milliseconds(150)))
        #expect(state.failed(0, at: 5, reason: "c") == .park)
        // It ends its transaction: whatever comes after it may fail too, and has attempts of its own.
        #expect(admitted(state, 4...7)?.parks == [5: "c"] && admitted(state, 4...7)?.entries.count == 2)
        state.posted(0, upTo: 5)
        #expect(state.failures.isEmpty)
    }

    @Test func `hold up their lane only from themselves on, while they wait`() {
        var state = FailureState(policy: FailurePolicy())
        _ = state.failed(0, at: 5, reason: "a")
        #expect(admitted(state, 3...7)?.entries.count == 2)
        #expect(admitted(state, 5...7) == nil)
        state.waited(0)
        #expect(admitted(state, 3...7)?.entries.count == 5)
        #expect(admitted(state, 3...7)?.parks.isEmpty == true)
    }

    @Test func `pause the projection where that is the policy, until they are forgiven`() {
        var state = FailureState(policy: FailurePolicy(retries: 0, lastResort: .pause))
        #expect(state.failed(0, at: 5, reason: "a") == .pause)
        #expect(admitted(state, 5...7) == nil)
        state.forgive()
        #expect(admitted(state, 5...7)?.entries.count == 3)
    }

    @Test func `are parked at once when it is no use to try again`() {
        var state = FailureState(policy: FailurePolicy(retries: 2))
        #expect(state.failed(0, at: 5, reason: "a", isFinal: true) == .park)
        #expect(admitted(state, 4...7)?.parks == [5: "a"])
        var pausing = FailureState(policy: FailurePolicy(retries: 2, lastResort: .pause))
        #expect(pausing.failed(0, at: 5, reason: "a", isFinal: true) == .pause)
    }

    @Test func `count from one again at another offset`() {
        var state = FailureState(policy: FailurePolicy(retries: 1))
        _ = state.failed(0, at: 5, reason: "a")
        #expect(state.failed(0, at: 6, reason: "a") == .tryAgain(after: .milliseconds(100)))
        #expect(state.failed(0, at: 6, reason: "a") == .park)
    }
}
