import Daybook
import DaybookTesting
import Logging
import Synchronization
import Testing

@Suite struct `A history as it was` {
    private let clock = ManualClock()
    private let store: InMemoryStore

    init() { store = InMemoryStore(now: clock.now) }

    /// Events of six streams, all within a second, then the next of them a minute later, and so on.
    private func append(minutes: Int) async throws {
        for _ in 0..<minutes {
            for stream in 0..<6 {
                let event = NewEvent(
                    id: .new(), type: "happened", occurredAt: clock.now(), data: Array("{}".utf8), metadata: [],
                    published: [.init(type: "thing.happened", schemaVersion: 1, data: Array("{}".utf8))])
                _ = try await store.append(
                    AppendRequest(stream: StreamName("thing-\(stream)"), expected: .any, events: [event]))
            }
            clock.advance(by: .seconds(60))
        }
    }

    private func time(_ minutes: Double) -> Timestamp {
        Timestamp(microseconds: ManualClock.start.microseconds + Int64(minutes * 60_000_000))
    }

    private func past(_ limit: PastHistory.Limit) -> PastHistory {
        PastHistory(LocalHistory(["writer": store]), upTo: limit)
    }

    /// What a lane reads until it rests, few entries at a time.
    private func read(_ lane: inout LaneState, from history: PastHistory) async throws -> [LogEntry] {
        var entries: [LogEntry] = []
        while let question = lane.nextQuestion() {
            let slice = try await history.slice(
                of: lane.lane.source, lane.lane.partition, after: question.after, limit: min(question.limit, 3))
            _ = lane.answered(question, slice)
            guard let posting = lane.posting(limit: .max) else { continue }
            entries += posting.entries.map(\.log)
            _ = lane.committed(posting)
        }
        #expect(lane.isCurrent)
        return entries
    }

    private func freshLanes() -> [LaneState] {
        Partition.all(8).map { partition in
            LaneState(
                lane: Lane(source: "writer", partition: partition), partitionCount: 8, checkpoint: nil,
                isFedByQueue: false)
        }
    }

    @Test(arguments: [-1, 0, 0.5, 1, 4.5, 9, 99])
    func `shows what was recorded up to a time, and nothing after it`(minutes: Double) async throws {
        try await append(minutes: 10)
        let history = past(.time(time(minutes)))
        for var lane in freshLanes() {
            let all = try await store.slice(lane.lane.partition, after: .zero, limit: .max, maximumBytes: .max).entries
            let expected = all.filter { $0.recordedAt <= time(minutes) }
            let entries = try await read(&lane, from: history)
            #expect(entries == expected)
            #expect(lane.head.rawValue == Int64(expected.count))
        }
    }

    @Test func `stays as it was while the log grows`() async throws {
        try await append(minutes: 5)
        let history = past(.time(time(2.5)))
        var lanes = freshLanes()
        for place in lanes.indices { _ = try await read(&lanes[place], from: history) }
        let heads = lanes.map(\.head)
        try await append(minutes: 5)
        for place in lanes.indices {
            lanes[place].checkDue()
            let more = try await read(&lanes[place], from: history)
            #expect(more.isEmpty)
        }
        #expect(lanes.map(\.head) == heads && heads.map(\.rawValue).reduce(0, +) == 18)
    }

    @Test func `goes up to the offsets that are named, and shows nothing of other lanes`() async throws {
        try await append(minutes: 10)
        let partition = Partition.of(try StreamName("thing-0"), among: 8)
        let named = Lane(source: "writer", partition: partition)
        let history = past(.offsets([named: 7]))
        for var lane in freshLanes() {
            let offsets = try await read(&lane, from: history).map(\.offset.rawValue)
            let expected: [Int64] = lane.lane == named ? Array(1...7) : []
            #expect(offsets == expected)
        }
        // There are no more than there are.
        let beyond = past(.offsets([named: 1000]))
        let head = try await beyond.slice(of: "writer", partition, after: .zero, limit: 0).head
        let heads = try await store.heads()
        #expect(head == heads[partition.index])
    }

    @Test(.timeLimit(.minutes(1))) func `is what a projection's runner comes to rest at`() async throws {
        try await append(minutes: 10)
        let readModel = InMemoryReadModel(0) { count, _ in count += 1 }
        let history = CountedHistory(past(.time(time(3))))
        let runner = ProjectionRunner(
            name: "past", readModel: readModel, subscription: InMemoryBroker(source: "writer", epoch: store.epoch),
            history: history, sources: ["writer"], partitionCount: 8,
            headCheckInterval: .milliseconds(20), isFedByQueue: false,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = runner.run()
        for await _ in runner.changes.listen() where runner.status.isBuilt { break }
        #expect(readModel.view == 24)
        try await append(minutes: 1)
        // Three more looks at each of the eight heads.
        let enough = history.answers + 24
        while history.answers < enough { try await Task.sleep(for: .milliseconds(1)) }
        #expect(readModel.view == 24 && runner.status.isBuilt)
        runner.stop()
        try await running
    }
}

/// Counts the answers of a history.
private final class CountedHistory: History {
    private let base: any History
    private let count = Mutex(0)

    init(_ base: any History) { self.base = base }

    var answers: Int { count.withLock { $0 } }

    func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit: Int
    ) async throws -> LogSlice {
        let slice = try await base.slice(of: source, partition, after: offset, limit: limit)
        count.withLock { $0 += 1 }
        return slice
    }
}

@Suite struct `A lane's name` {
    @Test func `can be read again`() {
        for lane in [
            Lane(source: "users-writer", partition: Partition(0)), Lane(source: "a/b:c", partition: Partition(42)),
        ] {
            #expect(Lane(lane.description) == lane)
        }
    }

    @Test(arguments: ["", "writer", "/p01", "writer/", "writer/p", "writer/01", "writer/p-1", "writer/p100"])
    func `is no other text`(text: String) {
        #expect(Lane(text) == nil)
    }
}
