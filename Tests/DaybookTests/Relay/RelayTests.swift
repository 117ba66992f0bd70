import Daybook
import Logging
import TestSupport
import Testing

/// A broker with one session, which ends as soon as something is confirmed.
private struct BriefPublisher: Publisher {
    struct Ended: Error {}

    private struct Session: PublisherSession {
        let end: Signal
        let confirmed: Mailbox<Int>

        func send(_ entries: [LogEntry]) async throws -> any PendingPublication {
            Publication(session: self, count: entries.count)
        }

        func untilEnded() async throws {
            for await _ in end.listen() where !confirmed.takeAll().isEmpty { throw Ended() }
        }
    }

    private struct Publication: PendingPublication {
        let session: Session
        let count: Int

        func outcomes() async throws -> [PublicationOutcome] {
            session.confirmed.send(count)
            session.end.fire()
            return Array(repeating: .confirmed, count: count)
        }
    }

    func withSessions(_ body: @Sendable (any PublisherSession) async throws -> Void) async throws {
        await #expect(throws: Ended.self) { try await body(Session(end: Signal(), confirmed: Mailbox())) }
        for await _ in AsyncStream<Never>.makeStream().stream {}
    }
}

/// A log from which an entry is gone.
private struct LogWithHole: IntegrationLog {
    let store: InMemoryStore
    let missing: LogPlace

    var epoch: Epoch { store.epoch }
    var partitionCount: Int { store.partitionCount }
    var changes: Signal { store.changes }

    func collect<Entries: EntryCollector>(
        _ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int, into entries: Entries
    ) async throws -> (LogSlice, Entries) {
        var slice = try await store.slice(partition, after: offset, limit: limit + 1, maximumBytes: maximumBytes)
        var collected = entries
        for entry in slice.entries.filter({ $0.place != missing }).prefix(limit) { entry.show { collected.add($0) } }
        slice.entries = []
        return (slice, collected)
    }

    func heads() async throws -> [Offset] { try await store.heads() }
    func cursors() async throws -> [Offset] { try await store.cursors() }
    func moveCursors(_ cursors: [Partition: Offset]) async throws { try await store.moveCursors(cursors) }
}

@Suite(.timeLimit(.minutes(2))) struct `The relay` {
    private let store = InMemoryStore(partitionCount: 2)
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func append(_ count: Int) async throws {
        for index in 0..<count {
            let event = NewEvent(
                id: .new(), type: "happened", occurredAt: .now(), data: Array("{}".utf8),
                metadata: Array(#"{"correlationId":"c"}"#.utf8),
                published: [.init(type: "thing.happened", schemaVersion: 1, data: Array("{}".utf8))])
            _ = try await store.append(
                AppendRequest(stream: StreamName("thing-\(index)"), expected: .any, events: [event]))
        }
    }

    private func eventually(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `holds the partition of an entry that cannot be read, at that entry, and no other`() async throws {
        try await append(100)
        let heads = try await store.heads()
        let log = DamagedLog(store, damaged: LogPlace(partition: Partition(0), offset: 7))
        let broker = InMemoryBroker(source: "things", epoch: store.epoch)
        let relay = Relay(log: log, publisher: broker, logger: logger)
        let running = Task { try await relay.run() }
        try await eventually { relay.status.cursors == [6, heads[1]] && !relay.status.held.isEmpty }
        #expect(relay.status.held == [Partition(0): "p00, offset 7 cannot be read"])
        running.cancel()
        try await running.value
        #expect(try await store.cursors() == [6, heads[1]])
    }

    /// The first entry is missing, or one in the middle of what is read at once.
    @Test(arguments: [1, 7] as [Offset])
    func `sends nothing that comes after a hole`(missing: Offset) async throws {
        try await append(100)
        let heads = try await store.heads()
        let log = LogWithHole(store: store, missing: LogPlace(partition: Partition(0), offset: missing))
        let broker = InMemoryBroker(source: "things", epoch: store.epoch)
        let relay = Relay(log: log, publisher: broker, logger: logger)
        let running = Task { try await relay.run() }
        let before = Offset(rawValue: missing.rawValue - 1)
        try await eventually { relay.status.cursors == [before, heads[1]] && !relay.status.held.isEmpty }
        #expect(relay.status.held == [Partition(0): "p00, offset \(missing) cannot be read"])
        running.cancel()
        try await running.value
        #expect(try await store.cursors() == [before, heads[1]])
    }

    @Test func `notes what was confirmed when its session ends with an error`() async throws {
        try await append(10)
        let heads = try await store.heads()
        let relay = Relay(log: store, publisher: BriefPublisher(), logger: logger)
        let running = Task { try await relay.run() }
        defer { running.cancel() }
        try await eventually {
            let cursors = try await store.cursors()
            return cursors == heads
        }
    }

    @Test func `notes in one session again and again what was confirmed`() async throws {
        let relay = Relay(
            log: store, publisher: InMemoryBroker(source: "things", epoch: store.epoch), logger: logger)
        let running = Task { try await relay.run() }
        defer { running.cancel() }
        for _ in 0..<3 {
            try await append(1)
            let heads = try await store.heads()
            try await eventually { try await store.cursors() == heads }
        }
    }
}
