import Daybook
import Logging
import Synchronization
import Testing

/// A queue that brings only so many messages that are not acknowledged.
private final class SharedQueue: Subscription {
    private struct State {
        var messages: [IncomingMessage] = []
        var delivered = 0
        var acknowledged = 0
        var report: (@Sendable (SubscriptionEvent) -> Void)?
    }

    private let prefetch: Int
    private let state = Mutex(State())

    init(prefetch: Int) { self.prefetch = prefetch }

    var acknowledged: Int { state.withLock { $0.acknowledged } }

    /// Puts an entry at its end.
    func add(_ entry: LogEntry, of source: Source, _ epoch: Epoch) {
        state.withLock { state in
            let tag = UInt64(state.messages.count + 1)
            state.messages.append(
                IncomingMessage(
                    receipt: Receipt(session: 1, partition: Partition(0), tag: tag),
                    content: .entry(source, epoch, entry), raw: RawMessage(body: [], bodySize: 0) { "{}" }))
            deliver(&state)
        }
    }

    private func deliver(_ state: inout State) {
        let end = min(state.messages.count, state.acknowledged + prefetch)
        guard let report = state.report, state.delivered < end else { return }
        report(.messages(Array(state.messages[state.delivered..<end])))
        state.delivered = end
    }

    func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
        report(.connected(session: 1))
        state.withLock { state in
            state.report = report
            deliver(&state)
        }
        for await _ in AsyncStream<Never>.makeStream().stream {}
    }

    func acknowledge(_ receipts: [Receipt]) async {
        state.withLock { state in
            for receipt in receipts { state.acknowledged = max(state.acknowledged, Int(receipt.tag)) }
            deliver(&state)
        }
    }

    func reconnect() async {}
}

/// A history whose sources answer only when they are there.
private final class Writers: History {
    private let logs: Mutex<[Source: InMemoryStore]>

    init(_ logs: [Source: InMemoryStore]) { self.logs = Mutex(logs) }

    func start(_ source: Source, _ log: InMemoryStore) { logs.withLock { $0[source] = log } }

    func slice(of source: Source, _ partition: Partition, after offset: Offset, limit: Int) async throws -> LogSlice {
        try await LocalHistory(logs.withLock { $0 }).slice(of: source, partition, after: offset, limit: limit)
    }
}

@Suite(.timeLimit(.minutes(2))) struct `Messages that cannot be posted for long` {
    private let queue = SharedQueue(prefetch: 3)
    private let readModel = InMemoryReadModel([Source: Int]()) { rows, entry in
        rows[entry.stream.id == "there" ? "there" : "here", default: 0] += 1
    }
    private let here = InMemoryStore(partitionCount: 1)
    private let there = InMemoryStore(partitionCount: 1)

    /// Stores an event under the name of its writer, and brings its message.
    private func happens(at source: Source, _ store: InMemoryStore) async throws {
        let stream = try StreamName("thing-\(source)")
        let event = NewEvent(
            id: .new(), type: "happened", occurredAt: .now(), data: Array("{}".utf8),
            metadata: Array(#"{"correlationId":"c"}"#.utf8),
            published: [.init(type: "thing.happened", schemaVersion: 1, data: Array("{}".utf8))])
        let answer = try await store.append(AppendRequest(stream: stream, expected: .any, events: [event]))
        let offset = try #require(answer.published?.offset)
        let slice = try await store.slice(
            Partition(0), after: Offset(rawValue: offset.rawValue - 1), limit: 1, maximumBytes: 1)
        queue.add(try #require(slice.entries.first), of: source, store.epoch)
    }

    private func runner(_ history: any History) -> ProjectionRunner {
        ProjectionRunner(
            name: "things", readModel: readModel, subscription: queue, history: history, sources: ["here", "there"],
            partitionCount: 1, headCheckInterval: .seconds(3600), longestHold: .milliseconds(60),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func eventually(_ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !condition() {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `because their source is away do not keep the messages of others back`() async throws {
        let writers = Writers(["here": here])
        let runner = runner(writers)
        let running = Task { try await runner.run() }
        defer { running.cancel() }
        for _ in 0..<10 { try await happens(at: "there", there) }
        try await eventually { runner.status.lanes.first?.state == .live }
        // History is asked for no head within the hour: only the queue brings it.
        try await happens(at: "here", here)
        try await eventually { readModel.view["here"] == 1 }
        #expect(readModel.view["there"] == nil && queue.acknowledged >= 10)
        writers.start("there", there)
        try await eventually { readModel.view["there"] == 10 }
        #expect(readModel.unreadable.isEmpty)
    }

    @Test func `because of a pause are acknowledged in time, and posted after it`() async throws {
        let runner = runner(Writers(["here": here, "there": there]))
        let running = Task { try await runner.run() }
        defer { running.cancel() }
        try await eventually { runner.status.lanes.allSatisfy { $0.state == .live } && runner.status.isConnected }
        // The first message of a lane is judged by history. Those after it follow what is known.
        try await happens(at: "here", here)
        try await eventually { readModel.view["here"] == 1 }
        runner.pause(true)
        try await eventually { runner.status.isPaused }
        for _ in 0..<7 { try await happens(at: "here", here) }
        try await eventually { queue.acknowledged == 8 }
        #expect(readModel.view["here"] == 1)
        runner.pause(false)
        try await eventually { readModel.view["here"] == 8 }
    }
}
