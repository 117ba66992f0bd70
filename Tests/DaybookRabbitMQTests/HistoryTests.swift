import Daybook
import Logging
import RabbitMQ
import TestSupport
import Testing

@testable import DaybookRabbitMQ

/// Keeps what is logged.
private struct NotingLogHandler: LogHandler {
    let notes: Mailbox<String>
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { notes.send("\(event.message) \(event.metadata ?? [:])") }
}

@Suite(.enabled(if: TestBroker.isRunning)) struct `A history server on a real broker` {
    private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs `body` while a log's history is served under the name `things`.
    private func serving(
        _ log: any IntegrationLog, _ deployment: Deployment, _ body: (Channel) async throws -> Void
    ) async throws {
        let server = try Broker(url: deployment.brokerURL, name: "test", logger: silent)
            .historyServer(log: log, source: "things")
        let running = Task { try await server.run() }
        defer { running.cancel() }
        let connection = try await Connection.open(ConnectionOptions(url: deployment.brokerURL), logger: silent)
        try await eventually("the server consumes") {
            let channel = try await connection.openChannel()
            let status = try? await channel.declareQueue("daybook.history.things", passive: true)
            return status?.consumerCount == 1
        }
        try await body(try await connection.openChannel())
        await connection.close()
    }

    @Test func `answers nobody who names a queue`() async throws {
        try await Deployment.with { deployment in
            try await serving(InMemoryStore(partitionCount: 1), deployment) { channel in
                try await channel.declareQueue("foreign", durable: false, exclusive: true)
                // The broker gives it a name that begins with “amq.”, like those of direct replies.
                try await channel.declareQueue("", durable: false, exclusive: true)
                let queues = try await TestBroker.run(
                    "ctl", "list_queues", "--silent", "-p", deployment.virtualHost, "name")
                let named = try #require(queues.split(separator: "\n").last { $0.hasPrefix("amq.gen-") })
                let answers = Deliveries()
                try await channel.enableConfirms()
                try await channel.consume("amq.rabbitmq.reply-to", prefetch: 0, acknowledges: false, into: answers)
                let request = HistoryFrame.Request(partition: Partition(0), after: 0, limit: 1)
                for replyTo in ["foreign", String(named), "amq.rabbitmq.reply-to"] {
                    let message = Message(body: HistoryFrame.encode(request), correlationID: replyTo, replyTo: replyTo)
                    try await channel.publish(
                        Publication(exchange: "daybook.history", routingKey: "things", message: message))
                }
                // The server answers in order: once the last request has its answer, the others have none.
                let answer = try #require(try await answers.next()?.first)
                #expect(answer.message.correlationID == "amq.rabbitmq.reply-to")
                for queue in ["foreign", String(named)] {
                    #expect(try await channel.declareQueue(queue, passive: true).messageCount == 0)
                }
            }
        }
    }

    @Test func `leaves all requests to the writer of its source that was there first`() async throws {
        try await Deployment.with { deployment in
            let (first, second) = (InMemoryStore(partitionCount: 1), InMemoryStore(partitionCount: 1))
            try await serving(first, deployment) { _ in
                let notes = Mailbox<String>()
                let noting = Logger(label: "second") { _ in NotingLogHandler(notes: notes) }
                let server = try Broker(url: deployment.brokerURL, name: "test", logger: noting)
                    .historyServer(log: second, source: "things")
                let client = try Broker(url: deployment.brokerURL, name: "test", logger: silent).historyClient()
                let running = [Task { try await server.run() }, Task { try await client.run() }]
                defer { for task in running { task.cancel() } }
                try await eventually("the second writer is refused the queue") {
                    notes.takeAll().contains { $0.contains("exclusive use") }
                }
                for _ in 0..<20 {
                    #expect(try await client.slice(of: "things", Partition(0), after: 0, limit: 1).epoch == first.epoch)
                }
            }
        }
    }

    /// Its queue stays while a writer is away, and everybody who asks goes on asking.
    @Test func `finds no requests that nobody waits for any more`() async throws {
        try await Deployment.with { deployment in
            let connection = try await Connection.open(ConnectionOptions(url: deployment.brokerURL), logger: silent)
            func queue() async throws -> QueueStatus {
                try await connection.openChannel().declareQueue("daybook.history.things", passive: true)
            }
            try await serving(InMemoryStore(partitionCount: 1), deployment) { _ in }
            try await eventually("the server is gone") { try await queue().consumerCount == 0 }
            let client = HistoryClient(
                options: try ConnectionOptions(url: deployment.brokerURL), timeout: .seconds(1), logger: silent)
            let running = Task { try await client.run() }
            defer { running.cancel() }
            for _ in 0..<2 {
                await #expect(throws: HistoryError.self) {
                    try await client.slice(of: "things", Partition(0), after: 0, limit: 1)
                }
            }
            try await eventually("the requests are gone", within: .seconds(10)) {
                try await queue().messageCount == 0
            }
            await connection.close()
        }
    }

    @Test func `gives what is before an entry that cannot be read`() async throws {
        try await Deployment.with { deployment in
            let store = InMemoryStore(partitionCount: 1)
            for index in 0..<5 {
                let event = NewEvent(
                    id: .new(), type: "happened", occurredAt: .now(), data: [], metadata: [],
                    published: [.init(type: "thing.happened", schemaVersion: 1, data: [])])
                let stream = try StreamName("thing-\(index)")
                _ = try await store.append(AppendRequest(stream: stream, expected: .any, events: [event]))
            }
            let log = DamagedLog(store, damaged: LogPlace(partition: Partition(0), offset: 3))
            try await serving(log, deployment) { _ in
                let client = try Broker(url: deployment.brokerURL, name: "test", logger: silent).historyClient()
                let running = Task { try await client.run() }
                defer { running.cancel() }
                var offset: Offset = 0
                for _ in 0..<2 {
                    let slice = try await client.slice(of: "things", Partition(0), after: offset, limit: 100)
                    offset = try #require(slice.entries.last?.offset)
                }
                #expect(offset == 2)
                let error = await #expect(throws: HistoryError.self) {
                    try await client.slice(of: "things", Partition(0), after: 2, limit: 100)
                }
                #expect(error?.description == "damaged")
            }
        }
    }
}
