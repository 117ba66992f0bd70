import Daybook
import Foundation
import TestSupport
import Testing
import UserViews
import Users

@Suite struct `A welcome message` {
    private let entry = LogEntry(
        place: LogPlace(partition: Partition(0), offset: 1), id: IntegrationEventID(event: .new()),
        type: "user.created", schemaVersion: 1, stream: StreamName(stored: "user-1"), streamVersion: 1,
        occurredAt: .now(), recordedAt: .now(), data: [], metadata: [], hash: .genesis, previousHash: .genesis)

    @Test func `is not there in part, and is tried again, where its disk is full`() async throws {
        try await withTemporaryFolder { folder in
            let outbox = folder.appending(path: "outbox").path
            let reaction = try WelcomeMessage(outbox: outbox)
            let event = UserIntegrationEvent.created(email: "ada@example.com", name: "Ada")
            func react() async throws { try await reaction.react(to: event, from: entry, key: "k1") }
            func messages() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: "\(outbox)/new") }
            try FileManager.default.createSymbolicLink(
                atPath: "\(outbox)/tmp/k1", withDestinationPath: "/dev/full")
            let error = await #expect(throws: NotNow.self) { try await react() }
            #expect(error?.description.contains("the outbox \(outbox) cannot be written") == true)
            #expect(try messages() == [])
            try FileManager.default.removeItem(atPath: "\(outbox)/tmp/k1")
            try await react()
            #expect(try messages() == ["k1"])
        }
    }
}
