import Foundation
import Logging
import TestSupport
import Testing

@testable import RabbitMQ

private let logger = Logger(label: "test")

@Suite(.enabled(if: TestBroker.isRunning), .serialized, .timeLimit(.minutes(3)))
struct `A connection to a real broker` {
    private func withChannel(_ body: (Channel, String) async throws -> Void) async throws {
        let connection = try await Connection.open(TestBroker.options(), logger: logger)
        let channel = try await connection.openChannel()
        let queue = "test-\(UUID())"
        try await channel.declareQueue(queue, arguments: ["x-queue-type": "quorum"])
        do { try await body(channel, queue) } catch {
            await connection.close()
            throw error
        }
        let cleaner = try await connection.openChannel()
        try? await cleaner.deleteQueue(queue)
        await connection.close()
    }

    private func publication(to queue: String, _ body: String = "hello", id: String = "1") -> Publication {
        let message = Message(body: Array(body.utf8), contentType: "text/plain", messageID: id, isPersistent: true)
        return Publication(exchange: "", routingKey: queue, message: message)
    }

    @Test func `confirms, delivers and acknowledges`() async throws {
        try await withChannel { channel, queue in
            try await channel.enableConfirms()
            var sent = publication(to: queue, "{}")
            sent.message.headers = ["text": "é", "number": .integer(-5), "flag": .boolean(true), "none": .null]
            sent.message.correlationID = "c"
            try await channel.publish(sent)
            let deliveries = Deliveries()
            try await channel.consume(queue, prefetch: 10, into: deliveries)
            let delivery = try #require(try await deliveries.next()?.first)
            #expect(delivery.message == sent.message)
            #expect(delivery.routingKey == queue && !delivery.isRedelivered && !delivery.isTruncated)
            try await channel.acknowledge(delivery.tag)
        }
    }

    @Test func `hands a body over in one piece that came in many frames, and cuts one over the limit`() async throws {
        var options = try TestBroker.options()
        options.maximumBodyBytes = 1 << 20
        let connection = try await Connection.open(options, logger: logger)
        let channel = try await connection.openChannel()
        let queue = "test-\(UUID())"
        try await channel.declareQueue(queue, durable: false, exclusive: true)
        try await channel.enableConfirms()
        for size in [0, 700_000, 3_000_000] {
            try await channel.publish(publication(to: queue, String(repeating: "x", count: size)))
        }
        let deliveries = Deliveries()
        try await channel.consume(queue, prefetch: 10, into: deliveries)
        var received: [Delivery] = []
        while received.count < 3, let chunk = try await deliveries.next() { received += chunk }
        #expect(received.map(\.bodySize) == [0, 700_000, 3_000_000])
        #expect(received.map(\.message.body.count) == [0, 700_000, 1 << 20])
        #expect(received.map(\.isTruncated) == [false, false, true])
        await connection.close()
    }

    @Test func `is sent no more than it has asked for before it acknowledges`() async throws {
        let connection = try await Connection.open(TestBroker.options(), logger: logger)
        let channel = try await connection.openChannel()
        let queue = "test-\(UUID())"
        try await channel.declareQueue(queue, durable: false, exclusive: true)
        try await channel.enableConfirms(window: 8)
        _ = try await channel.send((1...50).map { publication(to: queue, "\($0)", id: "\($0)") }).outcomes()
        let deliveries = Deliveries()
        try await channel.consume(queue, prefetch: 10, into: deliveries)
        var count = 0
        while count < 10, let chunk = try await deliveries.next() { count += chunk.count }
        // The broker has answered this after everything that it would have sent without a bound.
        let left = try await channel.declareQueue(queue, durable: false, exclusive: true).messageCount
        #expect(count == 10 && left == 40)
        await connection.close()
    }

    @Test func `keeps the order of many messages within a small window`() async throws {
        try await withChannel { channel, queue in
            try await channel.enableConfirms(window: 8)
            let batch = (1...500).map { publication(to: queue, "\($0)", id: "\($0)") }
            let outcomes = try await channel.send(batch).outcomes()
            #expect(outcomes == Array(repeating: .confirmed, count: 500))
            let deliveries = Deliveries()
            try await channel.consume(queue, prefetch: 50, into: deliveries)
            var bodies: [String] = []
            while bodies.count < 500, let chunk = try await deliveries.next() {
                #expect(chunk.count <= 50)
                bodies += chunk.map { String(decoding: $0.message.body, as: UTF8.self) }
                try await channel.acknowledge(chunk[chunk.count - 1].tag, multiple: true)
            }
            #expect(bodies == (1...500).map(String.init))
        }
    }

    @Test func `keeps what is sent together in order and whole, whether it fits in a frame or not`() async throws {
        try await withChannel { channel, queue in
            try await channel.enableConfirms(window: 6)
            // A frame of 128 KiB has eight bytes around its payload.
            let most = (128 << 10) - 8
            let sizes = [0, 1, 200_000, 2, most - 1, most, most + 1, 0, 65_000, 65_000, 65_000, 3]
            let batch = sizes.enumerated().map { index, size in
                publication(to: queue, String(repeating: "\(index % 10)", count: size), id: "\(index)")
            }
            let outcomes = try await channel.send(batch).outcomes()
            #expect(outcomes == Array(repeating: .confirmed, count: sizes.count))
            let deliveries = Deliveries()
            try await channel.consume(queue, prefetch: 50, into: deliveries)
            var received: [Message] = []
            while received.count < sizes.count, let chunk = try await deliveries.next() {
                received += chunk.map(\.message)
            }
            #expect(received.map(\.messageID) == batch.map(\.message.messageID))
            // The bodies would fill a screen a thousand times.
            let areWhole = received == batch.map(\.message)
            #expect(areWhole)
        }
    }

    @Test func `reports a message that no queue takes`() async throws {
        try await withChannel { channel, queue in
            try await channel.enableConfirms()
            let outcomes = try await channel.send([
                publication(to: queue, id: "a"), publication(to: "nowhere", id: "b"), publication(to: queue, id: "c"),
            ]).outcomes()
            #expect(outcomes == [.confirmed, .returned(replyCode: 312, text: "NO_ROUTE"), .confirmed])
            let error = await #expect(throws: RabbitMQError.self) { try await channel.publish(publication(to: "no")) }
            #expect(error?.code == .returned && error?.replyCode == 312)
        }
    }

    @Test func `reports a message that the broker refuses`() async throws {
        try await withChannel { channel, _ in
            let full = "test-\(UUID())"
            try await channel.declareQueue(
                full, arguments: ["x-max-length": .integer(1), "x-overflow": "reject-publish"], durable: false,
                exclusive: true)
            try await channel.enableConfirms()
            try await channel.publish(publication(to: full))
            let error = await #expect(throws: RabbitMQError.self) { try await channel.publish(publication(to: full)) }
            #expect(error?.code == .nacked)
        }
    }

    @Test(arguments: [1, 200_000])
    func `sends nothing of a message that no frame can describe, nor what follows it, and lives on`(
        size: Int
    ) async throws {
        try await withChannel { channel, queue in
            try await channel.enableConfirms()
            let good = publication(to: queue, String(repeating: "x", count: size))
            var tooMuch = good
            tooMuch.message.headers = ["text": .string(String(repeating: "y", count: 140_000))]
            for bad in [tooMuch, publication(to: String(repeating: "k", count: 256))] {
                let outcomes = try await channel.send([good, bad, good]).outcomes()
                #expect(outcomes.first == .confirmed && outcomes.count == 3)
                for outcome in outcomes.dropFirst() {
                    guard case .unsendable = outcome else {
                        Issue.record("\(outcome)")
                        continue
                    }
                }
                let error = await #expect(throws: RabbitMQError.self) { try await channel.publish(bad) }
                #expect(error?.code == .unsendable)
            }
            try await channel.publish(good)
            #expect(try await channel.declareQueue(queue, arguments: ["x-queue-type": "quorum"]).messageCount == 3)
        }
    }

    @Test func `learns from a broker how large a message may be`() async throws {
        try await TestBroker.limitingMessages(to: 1000) {
            try await withChannel { channel, queue in
                try await channel.enableConfirms()
                try await channel.publish(publication(to: queue, String(repeating: "x", count: 1000)))
                let large = publication(to: queue, String(repeating: "x", count: 1001))
                let error = await #expect(throws: RabbitMQError.self) { try await channel.publish(large) }
                #expect(error?.bodyLimit == 1000)
                // Whoever comes later is told the same.
                let again = await #expect(throws: RabbitMQError.self) { try await channel.publish(large) }
                #expect(again?.bodyLimit == 1000)
            }
        }
    }

    @Test func `survives a request that the broker refuses, which ends only its channel`() async throws {
        try await withChannel { channel, _ in
            let other = try await channel.connection.openChannel()
            let error = await #expect(throws: RabbitMQError.self) {
                try await other.declareQueue("missing-\(UUID())", passive: true)
            }
            #expect(error?.code == .channelClosed && error?.replyCode == 404)
            await #expect(throws: RabbitMQError.self) { try await other.purgeQueue("x") }
            _ = try await channel.connection.openChannel()
        }
    }

    @Test func `tells a consumer that its queue is gone`() async throws {
        try await withChannel { channel, queue in
            let deliveries = Deliveries()
            try await channel.consume(queue, prefetch: 1, into: deliveries)
            try await channel.connection.openChannel().deleteQueue(queue)
            let error = await #expect(throws: RabbitMQError.self) { try await deliveries.next() }
            #expect(error?.code == .consumerCancelled)
        }
    }

    @Test func `tells everyone when the broker closes it`() async throws {
        let connection = try await Connection.open(TestBroker.options(), logger: logger)
        let channel = try await connection.openChannel()
        let (queue, deliveries) = ("test-\(UUID())", Deliveries())
        try await channel.declareQueue(queue, durable: false, exclusive: true)
        try await channel.consume(queue, prefetch: 1, into: deliveries)
        try await TestBroker.run("ctl", "close_all_connections", "test")
        let error = await #expect(throws: RabbitMQError.self) { try await deliveries.next() }
        #expect(error?.code == .connectionClosed && error?.replyCode == 320)
        await #expect(throws: RabbitMQError.self) { try await connection.openChannel() }
    }

    @Test func `waits while the broker is short of memory`() async throws {
        try await withChannel { channel, queue in
            try await channel.enableConfirms()
            var events = channel.connection.events.makeAsyncIterator()
            var publishing: Task<Void, any Error>?
            try await TestBroker.withoutMemory {
                publishing = Task { try await channel.publish(publication(to: queue)) }
                guard case .blocked = await events.next() else { throw SupportError("not told of the block") }
            }
            guard case .unblocked = await events.next() else { throw SupportError("not told of its end") }
            try await publishing?.value
        }
    }

    @Test func `keeps a message without a confirm back while the broker is short of memory`() async throws {
        try await withChannel { channel, queue in
            var events = channel.connection.events.makeAsyncIterator()
            var publishing: Task<Bool, any Error>?
            try await TestBroker.withoutMemory {
                // Only who publishes is told.
                try await channel.publishUnconfirmed(publication(to: queue))
                guard case .blocked = await events.next() else { throw SupportError("not told of the block") }
                publishing = Task {
                    try await channel.publishUnconfirmed(publication(to: queue))
                    return await channel.connection.isBlocked
                }
            }
            let wasBlockedToTheEnd = try await publishing?.value
            #expect(wasBlockedToTheEnd == false)
        }
    }

    @Test func `reports a wrong password without showing it`() async throws {
        var options = try TestBroker.options()
        options.password = "geheim"
        let error = await #expect(throws: RabbitMQError.self) { try await Connection.open(options, logger: logger) }
        #expect(error?.code == .authenticationFailed)
        #expect(!"\(String(describing: error))".contains("geheim"))
    }

    @Test func `reports a port where nobody listens`() async throws {
        let options = ConnectionOptions(port: 1)
        let error = await #expect(throws: RabbitMQError.self) { try await Connection.open(options, logger: logger) }
        #expect(error?.code == .connectFailed)
    }
}
