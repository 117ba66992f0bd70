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

@Suite struct `The relay` {
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
}
