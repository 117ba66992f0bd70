import Daybook
import DaybookRabbitMQ
import Logging
import RabbitMQ
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning)) struct `A subscription to a real broker` {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `that ends has acknowledged what was settled`() async throws {
        try await Deployment.with { deployment in
            let broker = try Broker(url: deployment.brokerURL, name: "test", logger: logger)
            let subscription = broker.subscription(projection: "s", partitionCount: 1)
            let connection = try await Connection.open(ConnectionOptions(url: deployment.brokerURL), logger: logger)
            let channel = try await connection.openChannel()
            try await channel.enableConfirms(window: 8)
            let receipts = Mailbox<Receipt>()
            let running = Task {
                try await subscription.run { event in
                    guard case .messages(let messages) = event else { return }
                    for message in messages { receipts.send(message.receipt) }
                }
            }
            try await eventually("the queue is there") {
                (try? await messagesIn("daybook.s.p00", connection)) == 0
            }
            let publication = Publication(
                exchange: "", routingKey: "daybook.s.p00", message: Message(body: Array("?".utf8)))
            _ = try await channel.send([publication, publication]).outcomes()
            var last: Receipt?
            for await _ in receipts.arrivals() {
                last = receipts.takeAll().last ?? last
                if last?.tag == 2 { break }
            }
            await subscription.acknowledge([try #require(last)])
            running.cancel()
            try? await running.value
            #expect(try await messagesIn("daybook.s.p00", connection) == 0)
            await connection.close()
        }
    }

    private func messagesIn(_ queue: String, _ connection: Connection) async throws -> Int {
        try await connection.openChannel().declareQueue(queue, passive: true).messageCount
    }
}
