import Daybook
import Foundation
import TestSupport
import Testing
import UserViews
import Users

@Suite struct `A welcome message` {
    private let key = "welcome-message/writer/0190/3/1"

    private func entry(of stream: String) -> LogEntry {
        LogEntry(
            place: LogPlace(partition: Partition(3), offset: 1), id: IntegrationEventID(event: .new()),
            type: "user.created", schemaVersion: 1, stream: StreamName(stored: stream), streamVersion: 1,
            occurredAt: .now(), recordedAt: .now(), data: [], metadata: [], hash: .genesis, previousHash: .genesis)
    }

    private func files(_ folder: String, in outbox: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: outbox.appending(path: folder).path)
    }

    @Test func `is written once, for each user who comes and was not forgotten since`() async throws {
        try await withTemporaryFolder { outbox in
            let reaction = try WelcomeMessage(outbox: outbox.path)
            let forgotten = UserIntegrationEvent.created(email: SealedData.forgotten, name: SealedData.forgotten)
            try await reaction.react(to: forgotten, from: entry(of: "user-eve"), key: key)
            #expect(try files("new", in: outbox).isEmpty && files("tmp", in: outbox).isEmpty)
            let created = UserIntegrationEvent.created(email: "ada@example.com", name: "Ada")
            for _ in 0..<2 { try await reaction.react(to: created, from: entry(of: "user-ada"), key: key) }
            let message = try #require(try files("new", in: outbox).first)
            #expect(try files("new", in: outbox).count == 1 && files("tmp", in: outbox).isEmpty)
            let text = try String(contentsOf: outbox.appending(path: "new/\(message)"), encoding: .utf8)
            #expect(text.hasPrefix("To: ada@example.com\n"))
        }
    }

    @Test func `leaves no draft behind, neither when it fails nor when the process ends`() async throws {
        try await withTemporaryFolder { outbox in
            let reaction = try WelcomeMessage(outbox: outbox.path)
            let new = outbox.appending(path: "new")
            try FileManager.default.removeItem(at: new)
            let created = UserIntegrationEvent.created(email: "ada@example.com", name: "Ada")
            await #expect(throws: NotNow.self) {
                try await reaction.react(to: created, from: entry(of: "user-ada"), key: key)
            }
            #expect(try files("tmp", in: outbox).isEmpty)
            let drafts = ["welcome-message.writer.0190.3.1", "of-somebody-else"]
            for draft in drafts {
                try "To: ada@example.com".write(
                    to: outbox.appending(path: "tmp/\(draft)"), atomically: false, encoding: .utf8)
            }
            _ = try WelcomeMessage(outbox: outbox.path)
            #expect(try files("tmp", in: outbox) == ["of-somebody-else"])
        }
    }

    @Test func `is not there in part, and is tried again, where its disk is full`() async throws {
        try await withTemporaryFolder { outbox in
            let reaction = try WelcomeMessage(outbox: outbox.path)
            let created = UserIntegrationEvent.created(email: "ada@example.com", name: "Ada")
            func react() async throws { try await reaction.react(to: created, from: entry(of: "user-ada"), key: key) }
            let draft = outbox.appending(path: "tmp/\(key.replacing("/", with: "."))").path
            try FileManager.default.createSymbolicLink(atPath: draft, withDestinationPath: "/dev/full")
            let error = await #expect(throws: NotNow.self) { try await react() }
            #expect(error?.description.contains("the outbox \(outbox.path) cannot be written") == true)
            #expect(try files("new", in: outbox).isEmpty && files("tmp", in: outbox).isEmpty)
            try await react()
            #expect(try files("new", in: outbox).count == 1)
        }
    }
}
