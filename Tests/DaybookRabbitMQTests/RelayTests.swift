import Daybook
import DaybookRabbitMQ
import Logging
import RabbitMQ
import ServiceLifecycle
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning)) struct `The relay on a real broker` {
    private func event(_ type: String = "happened") -> NewEvent {
        NewEvent(
            id: .new(), type: type, occurredAt: .now(), data: Array("{}".utf8),
            metadata: Array(#"{"correlationId":"c"}"#.utf8),
            published: [.init(type: "thing.\(type)", schemaVersion: 1, data: Array("{}".utf8))])
    }

    @Test func `holds a partition that nobody is bound to, and no other, until somebody is`() async throws {
        try await Deployment.with { deployment in
            let store = InMemoryStore(partitionCount: 2)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let broker = try Broker(url: deployment.brokerURL, name: "test", logger: logger)
            let connection = try await Connection.open(ConnectionOptions(url: deployment.brokerURL), logger: logger)
            let channel = try await connection.openChannel()
            try await channel.declareExchange("daybook.events", kind: "topic")
            try await channel.declareQueue("q", durable: false, exclusive: true)
            try await channel.bindQueue("q", to: "daybook.events", routingKey: "p01.#")
            let relay = Relay(
                log: store, publisher: broker.publisher(source: "things", epoch: store.epoch), logger: logger)
            let group = ServiceGroup(configuration: .init(services: [relay], logger: logger))
            async let running: Void = group.run()
            for index in 0..<100 {
                let stream = try StreamName("thing-\(index)")
                _ = try await store.append(AppendRequest(stream: stream, expected: .any, events: [event()]))
            }
            let heads = try await store.heads()
            try await eventually("the bound partition is sent and the other is held") {
                relay.status.cursors == [0, heads[1]] && relay.status.held == [Partition(0)]
            }
            try await channel.bindQueue("q", to: "daybook.events", routingKey: "p00.#")
            try await eventually("everything is sent") { relay.status.backlog == 0 && relay.status.held.isEmpty }
            await group.triggerGracefulShutdown()
            try await running
            #expect(try await store.cursors() == heads)
            await connection.close()
        }
    }
}
