import Foundation
import Logging
import TestSupport
import Testing

@testable import RabbitMQ

extension Connection {
    /// Keeps the connection's thread from everything, as when the process is frozen.
    fileprivate func standStill(for seconds: Double) { Thread.sleep(forTimeInterval: seconds) }

    /// Stays in a call into the library, as when the broker takes nothing for a while.
    fileprivate func wait(for seconds: Double) { waitingCall { Thread.sleep(forTimeInterval: seconds) } }
}

@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A connection that stood still` {
    private func open() async throws -> Connection {
        var options = try TestBroker.options()
        options.heartbeatSeconds = 1
        return try await Connection.open(options, logger: Logger(label: "test"))
    }

    @Test func `for longer than the heartbeat ends, and hands on nothing of what it has`() async throws {
        let connection = try await open()
        let channel = try await connection.openChannel()
        let (queue, deliveries) = ("test-\(UUID())", Deliveries())
        try await channel.declareQueue(queue, durable: false, exclusive: true)
        try await channel.enableConfirms()
        let publication = Publication(exchange: "", routingKey: queue, message: Message(body: [1]))
        for _ in 0..<3 { try await channel.publish(publication) }
        try await channel.consume(queue, prefetch: 10, into: deliveries)
        try await Task.sleep(for: .milliseconds(200))
        await connection.standStill(for: 1.5)
        for await event in connection.events { if case .closed = event { break } }
        let error = await #expect(throws: RabbitMQError.self) { try await deliveries.next() }
        #expect(error?.code == .connectionClosed && error?.message.contains("stood still") == true)
    }

    @Test func `only because the broker kept it waiting lives on`() async throws {
        let connection = try await open()
        await connection.wait(for: 1.3)
        _ = try await connection.openChannel()
        await connection.close()
    }
}
