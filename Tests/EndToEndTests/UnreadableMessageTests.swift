import Daybook
import DaybookSQLite
import Foundation
import GRDB
import Logging
import RabbitMQ
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning), .timeLimit(.minutes(5))) struct `Messages that cannot be read` {
    @Test func `are kept, counted, and stop nothing`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            for index in 0..<10 { try await create(index, on: deployment) }
            try await deployment.waitUntilCurrent(.users, head: 10)
            let genuine = try #require(try await copyOfAMessage(deployment))
            let bad = Self.spoiled(genuine)
            try await put(bad + [Self.foreign(genuine)], into: "daybook.users.\(genuine.partition)", deployment)
            for index in 10..<20 { try await create(index, on: deployment) }
            try await deployment.waitUntilCurrent(.users, head: 21)
            try await eventually("all \(bad.count) are kept") {
                let text = try await deployment.get(.users, "/v1/projections").text
                return text.contains("\"unreadable\":\(bad.count)")
            }
            #expect(try await deployment.get(.users, "/health/ready").status == 200)
            #expect(try await deployment.get(.users, "/metrics").text.contains("daybook_unreadable_messages_total"))
            try expectKept(bad, deployment)
            try await expectListed(bad, deployment)
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    private func create(_ index: Int, on deployment: Deployment) async throws {
        let body = #"{"email":"u\#(index)@example.com","name":"U"}"#
        #expect(try await deployment.post("/v1/user/u\(index)/create", body).status == 200)
    }

    private struct Genuine {
        let message: Message
        let partition: String
    }

    /// A message as the writer publishes them, taken by a queue of the test's own.
    private func copyOfAMessage(_ deployment: Deployment) async throws -> Genuine? {
        let options = try ConnectionOptions(url: deployment.brokerURL)
        let connection = try await Connection.open(options, logger: Logger(label: "test"))
        let channel = try await connection.openChannel()
        try await channel.declareQueue("copy", durable: false, exclusive: true)
        try await channel.bindQueue("copy", to: "daybook.events", routingKey: "#")
        let deliveries = Deliveries()
        try await channel.consume("copy", prefetch: 1, into: deliveries)
        _ = try await deployment.post("/v1/user/u3/deactivate", #"{"reason":"left"}"#)
        let delivery = try await deliveries.next()?.first
        await connection.close()
        return delivery.map { Genuine(message: $0.message, partition: String($0.routingKey.prefix(3))) }
    }

    private static func spoiled(_ genuine: Genuine) -> [Message] {
        func with(_ changes: [String: String], body: [UInt8]? = nil) -> Message {
            var message = genuine.message
            message.headers.entries = message.headers.entries.map { entry in
                changes[entry.name].map { .init(name: entry.name, value: .string($0)) } ?? entry
            }
            if let body { message.body = body }
            return message
        }
        let next = "cloudEvents:offset"
        let offset = Int(genuine.message.headers[next]?.string ?? "") ?? 0
        return [
            Message(body: Array("hello".utf8)),
            Message(body: [0xff, 0x00, 0xfe], headers: ["cloudEvents:specversion": .integer(1)]),
            with([next: String(offset + 1), "cloudEvents:type": "user.created"], body: Array("{broken".utf8)),
            with([:], body: Array(repeating: 120, count: 20_000_000)),
            with(["cloudEvents:epoch": UniqueID.new().description, next: String(offset + 1)]),
            with([next: "1000000000000"]), with([next: "-5"]), with(["cloudEvents:partition": "77"]),
            with(["cloudEvents:subject": "no stream"]),
        ]
    }

    /// Of a writer that the worker is not told to listen to: left alone, not kept.
    private static func foreign(_ genuine: Genuine) -> Message {
        var message = genuine.message
        message.headers.entries.removeAll { $0.name == "cloudEvents:source" }
        message.headers.entries.append(.init(name: "cloudEvents:source", value: "somebody-else"))
        return message
    }

    private func put(_ messages: [Message], into queue: String, _ deployment: Deployment) async throws {
        let options = try ConnectionOptions(url: deployment.brokerURL)
        let connection = try await Connection.open(options, logger: Logger(label: "test"))
        let channel = try await connection.openChannel()
        try await channel.enableConfirms()
        for message in messages {
            try await channel.publish(Publication(exchange: "", routingKey: queue, message: message))
        }
        await connection.close()
    }

    /// The tool shows them, and drops them.
    private func expectListed(_ messages: [Message], _ deployment: Deployment) async throws {
        func tool(_ arguments: String...) async throws -> String {
            let worker = "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"
            return try await shell(Deployment.program("daybook"), ["unreadable"] + arguments + ["--worker", worker])
        }
        let list = try await tool("list", "users")
        #expect(list.contains("20000000") && list.contains("is not the source's"))
        #expect(try await tool("show", "users", "1").contains("hello"))
        #expect(try await tool("drop", "users", "1").contains("1 dropped"))
        #expect(try await tool("drop", "users", "--all").contains("\(messages.count - 1) dropped"))
        #expect(try await tool("list", "users").contains("no message is kept"))
    }

    private func expectKept(_ messages: [Message], _ deployment: Deployment) throws {
        let path = "\(deployment.readModelPath(.users))/current.sqlite"
        let kept = try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(db, sql: "SELECT reason, body, body_size FROM unreadable_messages ORDER BY id")
        }
        #expect(kept.count == messages.count)
        let sizes = Set(kept.map { $0["body_size"] as Int })
        #expect(sizes.contains(20_000_000) && sizes.contains(5))
        #expect(kept.contains { ($0["body"] as Data) == Data("hello".utf8) })
        #expect(kept.allSatisfy { !($0["reason"] as String).isEmpty })
    }
}
