import Synchronization

/// A broker without a network: one queue for each partition, one consumer. It loses nothing, unless told to.
public final class InMemoryBroker: Publisher, Subscription {
    private struct State {
        var queues: [Partition: [LogEntry]] = [:]
        var report: (@Sendable (SubscriptionEvent) -> Void)?
        var tag: UInt64 = 0
    }

    private struct Session: PublisherSession {
        let broker: InMemoryBroker

        func send(_ entries: [LogEntry]) async throws -> any PendingPublication {
            broker.deliver(entries)
            return Settled(count: entries.count)
        }

        func untilEnded() async throws { await InMemoryBroker.forever() }
    }

    private struct Settled: PendingPublication {
        let count: Int

        func outcomes() async throws -> [PublicationOutcome] { Array(repeating: .confirmed, count: count) }
    }

    private let source: Source
    private let epoch: Epoch
    private let loses: @Sendable (LogEntry) -> Bool
    private let state = Mutex(State())

    /// - Parameter loses: Which entries never arrive, although they are confirmed.
    public init(source: Source, epoch: Epoch, loses: @escaping @Sendable (LogEntry) -> Bool = { _ in false }) {
        self.source = source
        self.epoch = epoch
        self.loses = loses
    }

    public func withSessions(_ body: @Sendable (any PublisherSession) async throws -> Void) async throws {
        try await body(Session(broker: self))
    }

    public func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
        report(.connected(session: 1))
        let waiting = state.withLock { state in
            defer { state.queues = [:] }
            state.report = report
            return state.queues.values.flatMap(\.self)
        }
        deliver(waiting)
        await Self.forever()
    }

    /// Until cancelled.
    private static func forever() async { for await _ in AsyncStream<Never>.makeStream().stream {} }

    public func acknowledge(_ receipts: [Receipt]) async {}
    public func reconnect() async {}

    private func deliver(_ entries: [LogEntry]) {
        state.withLock { state in
            for entry in entries where !loses(entry) {
                guard let report = state.report else {
                    state.queues[entry.place.partition, default: []].append(entry)
                    continue
                }
                state.tag += 1
                let receipt = Receipt(session: 1, partition: entry.place.partition, tag: state.tag)
                let raw = RawMessage(body: Array(entry.data), bodySize: entry.data.count) { "{}" }
                report(.messages([IncomingMessage(receipt: receipt, content: .entry(source, epoch, entry), raw: raw)]))
            }
        }
    }
}
