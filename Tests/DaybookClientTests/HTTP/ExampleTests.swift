import Daybook
import DaybookAPI
import DaybookClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A call to a daemon` {
    /// Expects the example of a document, with the bytes that it was decoded from.
    private func expectExample<Document: APIDocument & Equatable>(
        _ received: Received<Document>?, location: SourceLocation = #_sourceLocation
    ) throws {
        let received = try #require(received, sourceLocation: location)
        #expect(received.document == Document.example, sourceLocation: location)
        let again = try JSON.decode(Document.self, from: received.bytes)
        #expect(again == received.document, sourceLocation: location)
    }

    private func withExamples(_ body: @Sendable (StubDaemon) async throws -> Void) async throws {
        try await StubDaemon.run(answering: ExampleDaemon.answer) { daemon in
            try await body(daemon)
            #expect(daemon.requests.allSatisfy { $0.headers["authorization"] == "Bearer secret" })
        }
    }

    @Test func `decodes the responses about aggregates and their events`() async throws {
        try await withExamples { daemon in
            let writer = daemon.writer
            try expectExample(try await writer.send(CommandMessage("light", to: "lamp", id: "1")))
            try expectExample(try await writer.send(CommandMessage("light", to: "lamp")))
            try expectExample(try await writer.forget(StreamName(category: "lamp", id: "1"), actor: "ada"))
            try expectExample(try await writer.state(of: "1", in: "lamp"))
            try expectExample(try await writer.state(of: "1", in: "lamp", at: .version(3)))
            try expectExample(try await writer.state(of: "1", in: "lamp", at: .time(.now())))
            try expectExample(try await writer.quarantine())
            try expectExample(try await writer.events().first { _ in true })
            let events = writer.events(of: StreamName(stored: "user-ada"), withStates: true)
            try expectExample(try await events.first { _ in true })
            let responses = writer.responses(to: [CommandMessage("light", to: "lamp")])
            try expectExample(try await responses.first { _ in true })
            try expectExample(try await writer.heads())
            let filter = EventFilter(category: "user", types: ["created"], tags: [Daybook.Tag("name", "Ada")])
            try expectExample(try await writer.events(matching: filter).first { _ in true })
            try expectExample(try await writer.lastEvents(1, matching: filter).first)
            try expectExample(
                try await writer.earlierEvents(of: StreamName(stored: "user-ada")).first { _ in true }?.first)
            #expect(daemon.requests.count == 14)
        }
    }

    @Test func `decodes the responses about the log`() async throws {
        try await withExamples { daemon in
            let before = PartitionPlace(offset: 4)
            try expectExample(try await daemon.writer.logPage(of: Partition(3), after: before))
            try expectExample(try await daemon.writer.log(of: Partition(3), after: before).first { _ in true })
        }
    }

    @Test func `decodes the responses about generations`() async throws {
        try await withExamples { daemon in
            let users = daemon.worker.projection("users")
            try expectExample(try await daemon.worker.projections())
            try expectExample(try await users.rebuild(RebuildRequest(hold: true)))
            try expectExample(try await users.estimateRebuild())
            try expectExample(try await users.promote())
            try expectExample(try await users.cancel())
            try expectExample(try await users.rollBack(RollbackRequest(force: 3)))
            try expectExample(try await users.drop())
            try expectExample(try await users.reset())
            try expectExample(try await users.pause())
            try expectExample(try await users.resume())
            try expectExample(try await users.beginComparison())
            try expectExample(try await users.comparison())
            #expect(daemon.requests.map(\.body).filter { $0.contains(":") } == [#"{"hold":true}"#, #"{"force":3}"#])
        }
    }

    @Test func `decodes the responses about parked events and unreadable messages`() async throws {
        try await withExamples { daemon in
            let users = daemon.worker.projection("users")
            try expectExample(
                try await users.parked(inStreams: "user-ada", includesWaiting: true).first { _ in true })
            try expectExample(try await users.parked(in: "user-ada", of: "users/writer").first { _ in true })
            try expectExample(try await users.retryParked("user-ada", of: "users-writer"))
            try expectExample(try await users.skipParked("user-ada", of: "users-writer"))
            try expectExample(try await users.unreadableMessages())
            try expectExample(try await users.unreadableMessage(1))
            try expectExample(try await users.dropUnreadableMessage(1))
            try expectExample(try await users.dropUnreadableMessages())
        }
    }
}
