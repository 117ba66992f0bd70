import Daybook
import Synchronization

/// A publisher that notes when its first session began.
final class TimedPublisher: Publisher {
    private let inner: any Publisher
    private let began = Mutex<UInt64?>(nil)

    init(_ inner: any Publisher) { self.inner = inner }

    var start: UInt64? { began.withLock { $0 } }

    func withSessions(_ body: @Sendable (any PublisherSession) async throws -> Void) async throws {
        try await inner.withSessions { session in
            self.began.withLock { $0 = $0 ?? Stopwatch.now }
            try await body(session)
        }
    }
}

/// A subscription that notes when its first session began, and counts what is acknowledged.
final class TimedSubscription: Subscription {
    private let inner: any Subscription
    private let began = Mutex<UInt64?>(nil)
    private let tags = Mutex<[Partition: UInt64]>([:])

    init(_ inner: any Subscription) { self.inner = inner }

    var start: UInt64? { began.withLock { $0 } }

    func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
        try await inner.run { event in
            if case .connected = event { self.began.withLock { $0 = $0 ?? Stopwatch.now } }
            report(event)
        }
    }

    /// The number of messages that are acknowledged: tags count from 1 in each partition.
    var acknowledged: UInt64 { tags.withLock { $0.values.reduce(0, +) } }

    func acknowledge(_ receipts: [Receipt]) async {
        await inner.acknowledge(receipts)
        tags.withLock { tags in
            for receipt in receipts { tags[receipt.partition] = max(tags[receipt.partition] ?? 0, receipt.tag) }
        }
    }

    func reconnect() async { await inner.reconnect() }
}

/// A subscription to which nothing comes: everything is read from history.
struct SilentSubscription: Subscription {
    func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
        report(.connected(session: 1))
        try await Task.sleep(for: .seconds(86_400))
    }

    func acknowledge(_ receipts: [Receipt]) async {}

    func reconnect() async {}
}
