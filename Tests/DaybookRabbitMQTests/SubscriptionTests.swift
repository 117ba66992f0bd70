import Daybook
import DaybookRabbitMQ
import Logging
import RabbitMQ
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning)) struct `A subscription to a real broker` {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// What a subscription was brought, in all its sessions.
    private final class Log: Sendable {
        private let sessions = Mailbox<UInt64>()
        private let receipts = Mailbox<Receipt>()
        private let refusals = Mailbox<String>()

        func note(_ event: SubscriptionEvent) {
            switch event {
            case .connected(let session): sessions.send(session)
            case .messages(let messages): for message in messages { receipts.send(message.receipt) }
            case .refused(let reason): refusals.send(reason)
            case .disconnected: break
            }
        }

        /// What came since this was last asked.
        func takeSessions() -> [UInt64] { sessions.takeAll() }

        /// What came since this was last asked.
        func takeReceipts() -> [Receipt] { receipts.takeAll() }

        /// What came since this was last asked.
        func takeRefusals() -> [String] { refusals.takeAll() }
    }

    /// Runs `body` with a subscription that was brought two messages, and with a look at its queue from outside.
    private func withTwoMessages(
        _ body: (
            _ subscription: RabbitMQSubscription, _ running: Task<Void, any Error>, _ log: Log, _ last: Receipt,
            _ queue: () async throws -> QueueStatus
        ) async throws -> Void
    ) async throws {
        try await Deployment.with { deployment in
            let broker = try Broker(url: deployment.brokerURL, name: "test", logger: logger)
            let subscription = broker.subscription(projection: "s", partitionCount: 1)
            let connection = try await Connection.open(ConnectionOptions(url: deployment.brokerURL), logger: logger)
            let queue = { try await connection.openChannel().declareQueue("daybook.s.p00", passive: true) }
            let log = Log()
            let running = Task { try await subscription.run(reportingTo: log.note) }
            defer { running.cancel() }
            try await eventually("it consumes") { (try? await queue())?.consumerCount == 1 }
            let channel = try await connection.openChannel()
            try await channel.enableConfirms(window: 8)
            let publication = Publication(
                exchange: "", routingKey: "daybook.s.p00", message: Message(body: Array("?".utf8)))
            _ = try await channel.send([publication, publication]).outcomes()
            var last: Receipt?
            try await eventually("both messages have come") {
                last = log.takeReceipts().last ?? last
                return last?.tag == 2
            }
            try await body(subscription, running, log, #require(last), queue)
            await connection.close()
        }
    }

    @Test func `needs a channel for each partition, and says so where the broker allows fewer`() async throws {
        try await Deployment.with { deployment in
            let broker = try Broker(url: deployment.brokerURL, name: "test", logger: logger)
            try await TestBroker.limitingChannels(to: 8) {
                let log = Log()
                let subscriptions = [8, 9].map { broker.subscription(projection: "s\($0)", partitionCount: $0) }
                let running = subscriptions.map { subscription in
                    Task { try await subscription.run(reportingTo: log.note) }
                }
                defer { for task in running { task.cancel() } }
                var (sessions, refusals): ([UInt64], [String]) = ([], [])
                try await eventually("one has a session, and the other is refused") {
                    sessions += log.takeSessions()
                    refusals += log.takeRefusals()
                    return !sessions.isEmpty && !refusals.isEmpty
                }
                #expect(refusals[0].contains("9 partitions") && refusals[0].contains("allows 8"))
            }
        }
    }

    @Test func `sends an acknowledgement that waits when it ends`() async throws {
        try await withTwoMessages { subscription, running, _, last, queue in
            await subscription.acknowledge([last])
            running.cancel()
            try? await running.value
            // Then what was not acknowledged is in the queue again.
            try await eventually("its consumer is gone") { try await queue().consumerCount == 0 }
            #expect(try await queue().messageCount == 0)
        }
    }

    @Test func `sends a single acknowledgement soon`() async throws {
        try await withTwoMessages { subscription, _, log, last, _ in
            await subscription.acknowledge([last])
            _ = log.takeSessions()
            try await Task.sleep(for: .milliseconds(500))
            await subscription.reconnect()
            try await eventually("there is another session") { !log.takeSessions().isEmpty }
            try await Task.sleep(for: .milliseconds(500))
            #expect(log.takeReceipts().isEmpty)
        }
    }

    @Test func `acknowledges nothing for a receipt of a past session`() async throws {
        try await withTwoMessages { subscription, _, log, last, _ in
            await subscription.reconnect()
            var again: Receipt?
            try await eventually("both messages have come again") {
                again = log.takeReceipts().last ?? again
                return again?.tag == last.tag
            }
            #expect(again?.session != last.session)
            await subscription.acknowledge([last])
            try await Task.sleep(for: .milliseconds(500))
            await subscription.reconnect()
            try await eventually("they have come once more") { log.takeReceipts().last?.tag == last.tag }
        }
    }
}
