import Foundation
import Logging
import RabbitMQ
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning), .timeLimit(.minutes(2))) struct `The log of a writer` {
    private let prefix = "cloudEvents:"

    /// Does things to a user, and gives the messages that the broker then has.
    private func published(by deployment: Deployment) async throws -> [Message] {
        let options = try ConnectionOptions(url: deployment.brokerURL)
        let connection = try await Connection.open(options, logger: Logger(label: "test"))
        let channel = try await connection.openChannel()
        try await channel.declareExchange("daybook.events", kind: "topic")
        try await channel.declareQueue("outside", durable: false, exclusive: true)
        try await channel.bindQueue("outside", to: "daybook.events", routingKey: "#")
        let deliveries = Deliveries()
        try await channel.consume("outside", prefetch: 10, acknowledges: false, into: deliveries)
        let headers = [
            "Daybook-Actor": "eve", "Idempotency-Key": "k1", "Daybook-Metadata": #"{"tenant":"acme"}"#,
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ]
        let commands: [(name: String, body: String, headers: [String: String])] = [
            ("create", #"{"email":"ada@example.com","name":"Ada Ä / \"L\""}"#, headers),
            ("change-email", #"{"newEmail":"ada@example.org"}"#, [:]), ("deactivate", #"{"reason":"left"}"#, [:]),
        ]
        for (name, body, headers) in commands {
            #expect(try await deployment.post("/v1/user/ada/\(name)", body, headers: headers).status == 200)
        }
        var messages: [Message] = []
        while messages.count < 3, let chunk = try await deliveries.next() { messages += chunk.map(\.message) }
        await connection.close()
        return messages
    }

    @Test func `shows over HTTP what the messages on the broker have, name by name`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            let messages = try await published(by: deployment)
            let partition = try #require(messages.first?.headers["\(prefix)partition"]?.string)
            let page = try await deployment.get(.writer, "/v1/log/\(partition)")
            let events = try #require(page.json["events"] as? [[String: any Sendable]])
            try #require(messages.count == 3 && events.count == 3)
            for (message, event) in zip(messages, events) {
                let headers = message.headers.entries.map { ($0.name, $0.value.string ?? "") }
                let attributes = event.compactMap { name, value in (value as? String).map { ("\(prefix)\(name)", $0) } }
                var expected = Dictionary(headers) { first, _ in first }
                expected["\(prefix)datacontenttype"] = message.contentType
                #expect(Dictionary(attributes) { first, _ in first } == expected)
                #expect(page.text.contains("\"data\":\(String(decoding: message.body, as: UTF8.self)),"))
            }
            try await expectShown(events, of: partition, deployment)
        }
    }

    /// The tool shows the same events.
    private func expectShown(
        _ events: [[String: any Sendable]], of partition: String, _ deployment: Deployment
    ) async throws {
        func tail(_ arguments: String..., expecting status: Int32 = 0) async throws -> String {
            let writer = "http://127.0.0.1:\(deployment.ports[.writer] ?? 0)"
            let call = ["log", "tail"] + arguments + ["--writer", writer]
            return try await shell(Deployment.program("daybook"), call, expecting: status)
        }
        let lines = try await tail(partition, "--last", "2", "--json").split(separator: "\n").map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: any Sendable]
        }
        let ids = lines.map { $0?["id"] as? String }
        #expect(ids == events.suffix(2).map { $0["id"] as? String })
        let table = try await tail(partition, "--after", "0")
        #expect(table.contains("OFFSET") && table.contains("user.created") && table.contains("user.deactivated"))
        #expect(try await tail(partition, "--after", "4", expecting: 75).contains("(beyond-head)"))
        #expect(try await tail("99", expecting: 66).contains("(no-such-partition)"))
    }
}
