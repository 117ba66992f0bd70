import Daybook
import Logging
import ServiceLifecycle
import Synchronization
import Testing

/// A runner between a queue, a history and a read model that the test has in its hands.
struct RunnerFixture {
    static let epoch = UniqueID(high: 7, low: 7)

    let queue = HandQueue()
    let history = HandHistory()
    let readModel = HandReadModel()
    let runner: ProjectionRunner

    init(
        partitionCount: Int = 2, headCheckInterval: Duration = .milliseconds(50),
        policy: FailurePolicy = FailurePolicy()
    ) {
        runner = ProjectionRunner(
            name: "things", readModel: readModel, subscription: queue, history: history, sources: ["writer"],
            partitionCount: partitionCount, headCheckInterval: headCheckInterval, policy: policy,
            logger: Self.logger)
        history.partitionCount = partitionCount
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs the runner while `body` runs, and stops it in good order.
    func running(_ body: () async throws -> Void) async throws {
        let group = ServiceGroup(configuration: .init(services: [runner], logger: Self.logger))
        async let running: Void = group.run()
        do {
            try await body()
        } catch {
            await group.triggerGracefulShutdown()
            try? await running
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }

    /// Waits for what the runner's status shows.
    func eventually(_ what: String, _ condition: (ProjectionStatus) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while !condition(runner.status) {
            guard ContinuousClock.now < deadline else { throw NotSeen(description: "\(what): \(runner.status)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    struct NotSeen: Error, CustomStringConvertible { let description: String }

    static func lane(_ partition: Int) -> Lane { Lane(source: "writer", partition: Partition(partition)) }

    /// An entry of a log; those of two logs differ by `log`.
    static func entry(_ partition: Int, _ offset: Int64, log: UInt8 = 0, type: String = "a.happened") -> LogEntry {
        func hash(_ offset: Int64) -> ChainHash {
            offset == 0
                ? .genesis : ChainHash(bytes: [log] + [UInt8](repeating: UInt8(offset), count: 31)) ?? .genesis
        }
        return LogEntry(
            place: LogPlace(partition: Partition(partition), offset: Offset(rawValue: offset)),
            id: IntegrationEventID(event: UniqueID(high: UInt64(log), low: UInt64(partition * 1000) + UInt64(offset))),
            type: type, schemaVersion: 1, stream: StreamName(stored: "a-\(partition)-\(offset)"), streamVersion: 1,
            occurredAt: Timestamp(microseconds: offset), recordedAt: Timestamp(microseconds: offset), data: [],
            metadata: [], hash: hash(offset), previousHash: hash(offset - 1))
    }

    static func checkpoint(_ entry: LogEntry) -> Checkpoint {
        Checkpoint(epoch: epoch, offset: entry.offset, anchor: entry.anchor)
    }

    static func message(_ entry: LogEntry, session: UInt64 = 1, tag: UInt64) -> IncomingMessage {
        IncomingMessage(
            receipt: Receipt(session: session, partition: entry.place.partition, tag: tag),
            content: .entry("writer", epoch, entry),
            raw: RawMessage(body: Array(entry.data), bodySize: entry.data.count) { "{}" })
    }

    /// A lane that has posted the first entry, and holds the message of the second.
    static func holdingLane() throws -> LaneState {
        var state = LaneState(lane: lane(0), partitionCount: 2, checkpoint: checkpoint(entry(0, 1)))
        let question = state.nextQuestion()
        _ = state.answered(
            try #require(question),
            LogSlice(epoch: epoch, partitionCount: 2, head: 1, anchor: entry(0, 1).anchor, entries: []))
        _ = state.receive(message(entry(0, 2), tag: 7))
        return state
    }
}

/// A queue that brings what it is told to, and notes what is acknowledged.
final class HandQueue: Subscription {
    private struct State {
        var report: (@Sendable (SubscriptionEvent) -> Void)?
        var session: UInt64 = 1
        var acknowledged: [Receipt] = []
        var tags: [Partition: UInt64] = [:]
        var reconnects = 0
    }

    private let state = Mutex(State())
    private let connected = Signal()

    var acknowledged: [Receipt] { state.withLock { $0.acknowledged } }
    /// How often it was given up.
    var reconnects: Int { state.withLock { $0.reconnects } }

    func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
        report(.connected(session: 1))
        state.withLock { $0.report = report }
        connected.fire()
        try await Task.sleep(for: .seconds(3600))
    }

    /// Loses its session and begins the next one, as soon as the runner listens.
    func connectAnew() async {
        for await _ in connected.listen() {
            guard let report = state.withLock({ $0.report }) else { continue }
            let session = state.withLock { state in
                state.session += 1
                state.tags = [:]
                return state.session
            }
            return report(.connected(session: session))
        }
    }

    func acknowledge(_ receipts: [Receipt]) async { state.withLock { $0.acknowledged += receipts } }

    func reconnect() async { state.withLock { $0.reconnects += 1 } }

    /// Brings entries, as soon as the runner listens.
    func bring(_ entries: LogEntry...) async {
        for await _ in connected.listen() {
            guard let report = state.withLock({ $0.report }) else { continue }
            return report(.messages(entries.map(message)))
        }
    }

    private func message(_ entry: LogEntry) -> IncomingMessage {
        let partition = entry.place.partition
        return state.withLock { state in
            state.tags[partition, default: 0] += 1
            return RunnerFixture.message(entry, session: state.session, tag: state.tags[partition, default: 0])
        }
    }
}

/// The log of one writer.
final class HandHistory: History {
    private struct State {
        var partitionCount = 1
        var log: [Partition: [LogEntry]] = [:]
        var head: Offset?
    }

    private let state = Mutex(State())

    var partitionCount: Int {
        get { state.withLock { $0.partitionCount } }
        set { state.withLock { $0.partitionCount = newValue } }
    }

    /// What it says of every partition's end, whatever it has.
    func claim(head: Offset?) { state.withLock { $0.head = head } }

    func append(_ entries: LogEntry...) {
        state.withLock { for entry in entries { $0.log[entry.place.partition, default: []].append(entry) } }
    }

    func slice(of source: Source, _ partition: Partition, after offset: Offset, limit: Int) async throws -> LogSlice {
        state.withLock { state in
            let log = state.log[partition] ?? []
            return LogSlice(
                epoch: RunnerFixture.epoch, partitionCount: state.partitionCount,
                head: state.head ?? log.last?.offset ?? .zero,
                anchor: log.first { $0.offset == offset }?.anchor,
                entries: Array(log.filter { $0.offset > offset }.prefix(limit)))
        }
    }
}

/// A read model that fails where it is told to.
final class HandReadModel: ReadModel {
    private struct State {
        var checkpoints: [Lane: Checkpoint] = [:]
        var posted: [PostingEntry] = []
        var unreadable: [UnreadableMessage] = []
        var decoding: (@Sendable (LogEntry) throws -> Void)?
        var committing: (@Sendable () async throws -> Void)?
    }

    private let state = Mutex(State())

    var posted: [PostingEntry] { state.withLock { $0.posted } }
    var unreadable: [UnreadableMessage] { state.withLock { $0.unreadable } }

    func begin(at entries: LogEntry...) {
        state.withLock { state in
            for entry in entries {
                state.checkpoints[RunnerFixture.lane(entry.place.partition.index)] = RunnerFixture.checkpoint(entry)
            }
        }
    }

    /// What is thrown when an entry is decoded.
    func whenDecoding(_ body: (@Sendable (LogEntry) throws -> Void)?) { state.withLock { $0.decoding = body } }

    /// What is thrown, or waited for, when a transaction is committed.
    func whenCommitting(_ body: (@Sendable () async throws -> Void)?) { state.withLock { $0.committing = body } }

    func checkpoints() async throws -> [Lane: Checkpoint] { state.withLock { $0.checkpoints } }

    func decode(_ entry: LogEntry) throws -> (any DecodedEvent)? {
        try state.withLock { $0.decoding }?(entry)
        return nil
    }

    func apply(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws -> [EventFailure] {
        try await state.withLock { $0.committing }?()
        try state.withLock { state in
            for posting in postings where state.checkpoints[posting.lane] != posting.expected {
                throw Fenced(lane: posting.lane)
            }
            for posting in postings {
                state.posted += posting.entries
                state.checkpoints[posting.lane] = posting.next
            }
            state.unreadable += unreadable
        }
        return []
    }
}

/// Where a transaction waits until it is let through.
struct Gate {
    private let arrival = AsyncStream.makeStream(of: Void.self)
    private let opening = AsyncStream.makeStream(of: Void.self)

    func pass() async {
        arrival.continuation.finish()
        for await _ in opening.stream {}
    }

    /// Returns when somebody waits, or has waited.
    func arrived() async { for await _ in arrival.stream {} }

    func open() { opening.continuation.finish() }
}
