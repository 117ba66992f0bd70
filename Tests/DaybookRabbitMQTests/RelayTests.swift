import Daybook
import DaybookRabbitMQ
import Logging
import RabbitMQ
import ServiceLifecycle
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning)) struct `The relay on a real broker` {
    private let store = InMemoryStore(partitionCount: 2)
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func append(to streams: some Sequence<Int>, bytes: Int = 2) async throws {
        let data = Array("\"\(String(repeating: "x", count: bytes - 2))\"".utf8)
        for index in streams {
            let event = NewEvent(
                id: .new(), type: "happened", occurredAt: .now(), data: data,
                metadata: Array(#"{"correlationId":"c"}"#.utf8),
                published: [.init(type: "thing.happened", schemaVersion: 1, data: data)])
            _ = try await store.append(
                AppendRequest(stream: StreamName("thing-\(index)"), expected: .any, events: [event]))
        }
    }

    /// A number whose stream is in a partition.
    private func stream(in partition: Int) throws -> Int {
        try #require(
            try (0..<100).first { Partition.of(try StreamName("thing-\($0)"), among: 2) == Partition(partition) })
    }

    /// Runs a relay of the store; the channel is of another connection, on which the exchange is declared.
    private func relaying(
        _ deployment: Deployment, _ body: (_ relay: Relay, _ channel: Channel) async throws -> Void
    ) async throws {
        let broker = try Broker(url: deployment.brokerURL, name: "test", logger: logger)
        let connection = try await Connection.open(ConnectionOptions(url: deployment.brokerURL), logger: logger)
        let channel = try await connection.openChannel()
        try await channel.declareExchange("daybook.events", kind: "topic")
        let relay = Relay(log: store, publisher: broker.publisher(source: "things", epoch: store.epoch), logger: logger)
        let group = ServiceGroup(configuration: .init(services: [relay], logger: logger))
        async let running: Void = group.run()
        try await body(relay, channel)
        await group.triggerGracefulShutdown()
        try await running
        #expect(try await store.cursors() == relay.status.cursors)
        await connection.close()
    }

    @Test func `holds a partition that nobody is bound to, and no other, until somebody is`() async throws {
        try await Deployment.with { deployment in
            try await relaying(deployment) { relay, channel in
                try await channel.declareQueue("q", durable: false, exclusive: true)
                try await channel.bindQueue("q", to: "daybook.events", routingKey: "p01.#")
                try await append(to: 0..<100)
                let heads = try await store.heads()
                try await eventually("the bound partition is sent and the other is held") {
                    relay.status.cursors == [0, heads[1]] && Array(relay.status.held.keys) == [Partition(0)]
                }
                try await channel.bindQueue("q", to: "daybook.events", routingKey: "p00.#")
                try await eventually("everything is sent") {
                    relay.status.backlog == 0 && relay.status.held.isEmpty
                }
                #expect(try await store.heads() == heads)
            }
        }
    }

    @Test func `holds a partition at a message that is too large for the broker, and no other, until it takes it`()
        async throws
    {
        try await Deployment.with { deployment in
            try await relaying(deployment) { relay, channel in
                try await channel.declareQueue("q")
                try await channel.bindQueue("q", to: "daybook.events", routingKey: "#")
                let (first, second) = (try stream(in: 0), try stream(in: 1))
                try await TestBroker.limitingMessages(to: 1000) {
                    try await TestBroker.run("ctl", "close_all_connections", "--vhost", deployment.virtualHost, "test")
                    try await append(to: [first, first])
                    try await append(to: [first], bytes: 2000)
                    try await append(to: Array(repeating: first, count: 20) + Array(repeating: second, count: 20))
                    try await eventually("one partition is held, and the other is sent") {
                        relay.status.cursors == [2, 20] && relay.status.held[Partition(0)] != nil
                    }
                    let reason = try #require(relay.status.held[Partition(0)])
                    for part in ["thing.happened", " of 2000 bytes", "1000"] { #expect(reason.contains(part)) }
                    try await append(to: Array(repeating: second, count: 20))
                    try await eventually("the other one goes on") { relay.status.cursors == [2, 40] }
                }
                try await TestBroker.run("ctl", "close_all_connections", "--vhost", deployment.virtualHost, "test")
                try await eventually("everything is sent") {
                    relay.status.cursors == [23, 40] && relay.status.held.isEmpty
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func `brings everything in order to who takes only the next offset`() async throws {
        try await Deployment.with { deployment in
            try await relaying(deployment) { relay, channel in
                try await channel.declareQueue(
                    "full", arguments: ["x-max-length": .integer(5), "x-overflow": "reject-publish"])
                try await channel.bindQueue("full", to: "daybook.events", routingKey: "#")
                try await append(to: Array(repeating: try stream(in: 0), count: 200))
                let deliveries = Deliveries()
                try await channel.consume("full", prefetch: 1, into: deliveries)
                var last = 0
                while last < 200, let chunk = try await deliveries.next() {
                    for delivery in chunk {
                        let offset = delivery.message.headers["cloudEvents:offset"]?.string.flatMap { Int($0) }
                        if offset == last + 1 { last += 1 }
                        try await channel.acknowledge(delivery.tag)
                    }
                }
                try await eventually("everything is confirmed") { relay.status.backlog == 0 }
            }
        }
    }
}
