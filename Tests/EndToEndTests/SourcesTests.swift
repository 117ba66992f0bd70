import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import TestSupport
import Testing
import UserViews

@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `One worker` {
    @Test(.timeLimit(.minutes(3)))
    func `keeps a read model of two writers with 50,000 events each`() async throws {
        try await Deployment.with { deployment in
            let second = deployment.folder.appending(path: "second.sqlite").path
            for (path, users) in [(deployment.storePath, 0..<1000), (second, 1000..<2000)] {
                try await fillWithUsers(SQLiteEventStore(path: path), users: users, eventsOfEach: 50)
            }
            try await deployment.start(.writer)
            let port = try freePorts(1)[0]
            let other = try await deployment.startAnother(
                .writer, port: port, settings: ["DAYBOOK_STORE_PATH": second, "DAYBOOK_SOURCE": "other-writer"])
            defer { other.send(SIGKILL) }
            try await deployment.start(.users, settings: ["DAYBOOK_SOURCES": "users-writer,other-writer"])
            try await deployment.waitUntilCurrent(.users, head: 100_000)
            for user in 0..<100 {
                let body = #"{"newEmail":"now\#(user)@example.com"}"#
                #expect(try await deployment.post("/v1/user/u\(user)/change-email", body).status == 200)
                let theirs = "/v1/user/u\(1000 + user)/change-email"
                #expect(try await deployment.post(theirs, body, port: port).status == 200)
            }
            try await deployment.waitUntilCurrent(.users, head: 100_200)
            other.send(SIGTERM)
            #expect(await other.wait() == 0)
            await deployment.stopAll()
            let expected = deployment.folder.appending(path: "replay").path
            for (path, source) in [(deployment.storePath, "users-writer"), (second, "other-writer")] {
                _ = try await replay(
                    SQLiteEventStore(path: path), source: Source(source), to: UsersProjection(), in: expected)
            }
            let found = try rows("users", in: "\(deployment.readModelPath(.users))/current.sqlite")
            #expect(found.count == 2000)
            #expect(try found == rows("users", in: "\(expected)/current.sqlite"))
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `that is away fills its queues only as far as a policy allows, and finds the rest itself`() async throws {
        try await Deployment.with { deployment in
            try await TestBroker.run(
                "ctl", "set_policy", "-p", deployment.virtualHost, "bounded", "^daybook[.]users[.]",
                #"{"max-length":10,"overflow":"drop-head"}"#, "--apply-to", "queues")
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.start(.statistics)
            try await deployment.waitUntilCurrent(.users, head: 0)
            await deployment.stop(.users)
            for user in 0..<500 {
                let body = #"{"email":"u\#(user)@example.com","name":"U"}"#
                #expect(try await deployment.post("/v1/user/u\(user)/create", body).status == 200)
            }
            // Others are not held up by it.
            try await deployment.waitUntilCurrent(.statistics, head: 500)
            let queues = try await TestBroker.run(
                "ctl", "list_queues", "-q", "-p", deployment.virtualHost, "name", "messages")
            let waiting = queues.split(separator: "\n").filter { $0.hasPrefix("daybook.users.") }
                .compactMap { Int($0.split(whereSeparator: \.isWhitespace).last ?? "") }
            #expect(waiting.count == 8 && waiting.allSatisfy { $0 <= 10 })
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 500)
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }
}
