import Foundation
import Logging
import RabbitMQ
import TestSupport
import Testing

private let logger = Logger(label: "test")

@Suite(.enabled(if: TestBroker.isRunning), .timeLimit(.minutes(3))) struct `A connection over TLS` {
    private func options(host: String = "localhost", authority: String = "authority") throws -> ConnectionOptions {
        let folder = try TestBroker.requireFolder().appending(path: "tls")
        var options = ConnectionOptions(host: host, port: try TestBroker.port("tls"))
        options.tls = TLSOptions(authorityFile: folder.appending(path: "\(authority).pem").path)
        options.tls?.certificateFile = folder.appending(path: "client.pem").path
        options.tls?.keyFile = folder.appending(path: "client.key").path
        return options
    }

    private func publishOnce(_ options: ConnectionOptions) async throws {
        let connection = try await Connection.open(options, logger: logger)
        let channel = try await connection.openChannel()
        let queue = "test-\(UUID())"
        try await channel.declareQueue(queue, durable: false, exclusive: true)
        try await channel.enableConfirms()
        // The greater ones are larger than a TLS record: bytes wait inside OpenSSL, where poll does not see them.
        let bodies = [1, 400_000, 2, 3, 400_000].map { [UInt8](repeating: 7, count: $0) }
        let deliveries = Deliveries()
        try await channel.consume(queue, prefetch: 10, into: deliveries)
        let batch = bodies.map { Publication(exchange: "", routingKey: queue, message: Message(body: $0)) }
        _ = try await channel.send(batch).outcomes()
        var received: [[UInt8]] = []
        while received.count < bodies.count, let chunk = try await deliveries.next() {
            received += chunk.map(\.message.body)
        }
        #expect(received.map(\.count) == bodies.map(\.count))
        // The bodies would fill a screen a thousand times.
        let areWhole = received == bodies
        #expect(areWhole)
        await connection.close()
    }

    @Test func `works with an authority and a client certificate`() async throws {
        try await publishOnce(options())
    }

    @Test func `is refused when the broker's certificate is of another authority`() async throws {
        let error = await #expect(throws: RabbitMQError.self) {
            try await Connection.open(options(authority: "stranger"), logger: logger)
        }
        #expect(error?.code == .connectFailed)
    }

    @Test func `is refused when the certificate names another host, unless told otherwise`() async throws {
        var options = try options(host: "127.0.0.1")
        await #expect(throws: RabbitMQError.self) { try await Connection.open(options, logger: logger) }
        options.tls?.verifiesHostName = false
        try await publishOnce(options)
    }
}
