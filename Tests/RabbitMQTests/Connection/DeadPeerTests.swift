import Foundation
import Logging
import RabbitMQ
import Synchronization
import TestSupport
import Testing

/// A broker that is frozen keeps its sockets open: only missing heartbeats, or a send that hangs, tell.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A broker that is frozen` {
    @Test func `is found within 30 seconds, idle or in the middle of sending`() async throws {
        try await withTemporaryFolder { folder in
            try await TestBroker.run(folder: folder, "start")
            let port = try String(contentsOf: folder.appending(path: "ports"), encoding: .utf8)
                .split(separator: "\n").first.flatMap { Int($0.dropFirst("amqp=".count)) }
            let options = ConnectionOptions(port: try #require(port))
            let (idle, busy) = (
                try await Connection.open(options, logger: Logger(label: "test")),
                try await Connection.open(options, logger: Logger(label: "test")),
            )
            let channel = try await busy.openChannel()
            try await channel.declareQueue("q", durable: false, exclusive: true)
            try await channel.enableConfirms(window: 10_000)
            let pid = try String(contentsOf: folder.appending(path: "pid"), encoding: .utf8)
            let process = try #require(Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines)))
            kill(process, SIGSTOP)
            let frozen = ContinuousClock.now
            async let sendingError = #expect(throws: RabbitMQError.self) {
                let message = Message(body: [UInt8](repeating: 0, count: 100_000))
                let publication = Publication(exchange: "", routingKey: "q", message: message)
                _ = try await channel.send(Array(repeating: publication, count: 1_000)).outcomes()
            }
            var idleErrors: [RabbitMQError] = []
            for await event in idle.events { if case .closed(let error) = event { idleErrors.append(error) } }
            #expect(idleErrors.map(\.code) == [.connectionClosed])
            #expect(await sendingError?.code == .connectionClosed)
            await idle.close()
            #expect(frozen.duration(to: .now) < .seconds(30))
            kill(process, SIGCONT)
            try await TestBroker.run(folder: folder, "kill")
            try await TestBroker.run(folder: folder, "stop")
        }
    }
}
