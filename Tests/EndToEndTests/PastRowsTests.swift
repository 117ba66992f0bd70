import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `The rows of a read model` {
    private static let users = 1000
    private static let eventsOfEach = 10

    /// A store whose events the relay takes for sent.
    private func fill(_ deployment: Deployment) async throws {
        let store = try SQLiteEventStore(path: deployment.storePath)
        try await fillWithUsers(store, users: 0..<Self.users, eventsOfEach: Self.eventsOfEach)
    }

    private func withDaemons(_ body: (Deployment) async throws -> Void) async throws {
        try await Deployment.with { deployment in
            try await fill(deployment)
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: Int64(Self.users * Self.eventsOfEach))
            try await body(deployment)
        }
    }

    private func arguments(_ deployment: Deployment, _ options: [String]) -> [String] {
        let worker = "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"
        return ["projections", "query", "users"] + options + ["--worker", worker]
    }

    private func query(_ deployment: Deployment, _ options: String..., expecting status: Int32 = 0) async throws
        -> String
    {
        let program = Deployment.program("daybook")
        return try await shell(program, arguments(deployment, options), expecting: status)
    }

    private func isBuildingPast(_ deployment: Deployment) -> Bool {
        FileManager.default.fileExists(atPath: "\(deployment.readModelPath(.users))/past")
    }

    /// Gives each of these users an email at another domain.
    private func change(_ deployment: Deployment, _ users: Range<Int>, to domain: String) async throws {
        for user in users {
            let body = #"{"newEmail":"u\#(user)@\#(domain)"}"#
            let answer = try await deployment.post("/v1/user/u\(user)/change-email", body)
            #expect(answer.status == 200)
        }
    }

    @Test func `are shown as they were, while posting goes on, and nothing of it is left`() async throws {
        try await withDaemons { deployment in
            let then = Timestamp.now()
            try await Task.sleep(for: .milliseconds(10))
            try await change(deployment, 7..<8, to: "after.example.com")
            async let going: Void = change(deployment, 100..<200, to: "going.example.com")
            let past = try await query(deployment, "--at", then.description, "--json")
            try await going
            let rows = past.split(separator: "\n").filter { $0.hasSuffix(#"},"table":"users"}"#) }
            #expect(rows.count == Self.users && past.split(separator: "\n").count == Self.users)
            #expect(past.contains(#""user_id":"u7","email":"u7.9@example.com""#))
            #expect(!past.contains("after.example.com") && !past.contains("going.example.com"))

            try await deployment.waitUntilCurrent(.users, head: Int64(Self.users * Self.eventsOfEach + 101))
            let present = try await query(deployment, "--table", "users")
            #expect(present.hasPrefix("user_id"))
            #expect(present.split(separator: "\n").count == Self.users + 1 && present.contains("after.example.com"))
            let now = try await query(deployment, "--at", Timestamp.now().description)
            #expect(now.hasPrefix("users\nuser_id") && now.contains("after.example.com"))
            let few = try await query(deployment, "--offsets", "users-writer/p00=10", "--json")
            let count = few.split(separator: "\n").count
            #expect((1...10).contains(count))

            let folder = try ReadModelFolder(deployment.readModelPath(.users))
            #expect(folder.numbers == [1] && !isBuildingPast(deployment))
        }
    }

    @Test func `are refused with a reason`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 0)
            _ = try await query(deployment, "--at", "yesterday", expecting: 64)
            _ = try await query(deployment, "--at", "2026-11-01", "--offsets", "a/p00=1", expecting: 64)
            for offsets in ["users-writer/p00", "users-writer/p00=x", "users-writer/p08=1", "nobody/p00=1"] {
                _ = try await query(deployment, "--offsets", offsets, expecting: 65)
            }
            _ = try await query(deployment, "--table", "checkpoints", expecting: 66)
            let never = try await query(deployment, "--at", "2001-01-01", "--table", "nothing", expecting: 66)
            #expect(never.contains("no-such-table"))
            // Without its writer the past cannot be read; the present can.
            await deployment.stop(.writer)
            _ = try await query(deployment, "--at", "2026-11-01T00:00Z", expecting: 69)
            _ = try await query(deployment)
        }
    }

    @Test func `leave nothing behind when the tool or the worker is killed`() async throws {
        try await withDaemons { deployment in
            let log = deployment.folder.appending(path: "query.log")
            let options = ["--at", Timestamp.now().description, "--json"]
            for isWorkerKilled in [false, true] {
                let tool = try ChildProcess(Deployment.program("daybook"), arguments(deployment, options), log: log)
                try await eventually("the past is built", every: .milliseconds(2)) { isBuildingPast(deployment) }
                if isWorkerKilled { await deployment.kill(.users) } else { tool.send(SIGKILL) }
                await tool.wait()
                if isWorkerKilled { try await deployment.start(.users) }
                try await eventually("nothing of it is left") { !isBuildingPast(deployment) }
            }
            try await deployment.waitUntilCurrent(.users, head: Int64(Self.users * Self.eventsOfEach))
            let rows = try await query(deployment, "--at", Timestamp.now().description, "--json")
            #expect(rows.split(separator: "\n").count == Self.users)
        }
    }
}
