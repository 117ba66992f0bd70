import Daybook
import DaybookSQLite
import Foundation
import Synchronization
import TestSupport
import Testing
import Users

/// A rebuild as operators see it: real daemons, the tool, readers of the stable path, commands, and kills.
/// `DAYBOOK_TEST_LONG=1` runs it with a million events.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A rebuild` {
    private static let users = LongForm.isOn ? 20_000 : 2000
    private static let clients = LongForm.isOn ? 32 : 4
    private static let kills = LongForm.isOn ? 10 : 5

    /// How many commands were answered, and whether it is enough. Nobody is cancelled in the midst of a command.
    private final class Sent: Sendable {
        private let value = Mutex<(count: Int64, isEnough: Bool)>((0, false))
        var count: Int64 { value.withLock { $0.count } }
        var isEnough: Bool { value.withLock { $0.isEnough } }
        func add() { value.withLock { $0.count += 1 } }
        func enough() { value.withLock { $0.isEnough = true } }
    }

    /// A store whose events the relay takes for sent, and daemons on it.
    private func withUsers(_ eventsOfEach: Int, _ body: (Deployment, Int64) async throws -> Void) async throws {
        try await Deployment.with { deployment in
            try await body(deployment, try await fill(deployment, eventsOfEach))
        }
    }

    private func fill(_ deployment: Deployment, _ eventsOfEach: Int) async throws -> Int64 {
        let store = try SQLiteEventStore(path: deployment.storePath)
        try await fillWithUsers(store, users: 0..<Self.users, eventsOfEach: eventsOfEach)
        return try await store.heads().reduce(0) { $0 + $1.rawValue }
    }

    private func tool(_ deployment: Deployment, _ arguments: String..., expecting status: Int32 = 0) async throws
        -> String
    {
        let worker = "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"
        return try await shell(Deployment.program("daybook"), arguments + ["--worker", worker], expecting: status)
    }

    private func generations(_ deployment: Deployment) async throws -> [[String: any Sendable]] {
        let projections = try await deployment.get(.users, "/v1/projections").json["projections"]
        return (projections as? [[String: any Sendable]])?.first?["generations"] as? [[String: any Sendable]] ?? []
    }

    private func waitUntilServing(_ generation: Int, _ deployment: Deployment) async throws {
        try await eventually("generation \(generation) serves", within: .seconds(60)) {
            try await generations(deployment).contains {
                $0["number"] as? Int == generation && $0["role"] as? String == "serving" && $0["isFed"] as? Bool == true
            }
        }
    }

    @Test func `goes unseen by readers while commands go on, and misses nothing`() async throws {
        try await withUsers(LongForm.isOn ? 50 : 10) { deployment, head in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: head)
            let link = "\(deployment.readModelPath(.users))/current.sqlite"
            let sent = Sent()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<Self.clients {
                    tasks.addTask {
                        while !sent.isEnough {
                            // Outside readers open the stable path, others ask the worker.
                            #expect(try rowCount("users", in: link) >= Self.users)
                            let answer = try await deployment.get(.users, "/v1/users/u7")
                            #expect(answer.status == 200)
                        }
                    }
                }
                tasks.addTask {
                    while !sent.isEnough {
                        let number = sent.count
                        let body = #"{"newEmail":"now\#(number)@example.com"}"#
                        let user = Int(number) % Self.users
                        let answer = try await deployment.post("/v1/user/u\(user)/change-email", body)
                        #expect(answer.status == 200)
                        sent.add()
                    }
                }
                _ = try await tool(deployment, "projections", "rebuild", "users", "--require-equal", "--wait")
                try await waitUntilServing(2, deployment)
                sent.enough()
                try await tasks.waitForAll()
            }
            try await deployment.waitUntilCurrent(.users, head: head + sent.count)
            #expect(try await tool(deployment, "projections", "status").contains("generation 2: serving"))
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    @Test func `goes on from where it was when its worker is killed`() async throws {
        try await withUsers(50) { deployment, head in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: head)
            _ = try await tool(deployment, "projections", "rebuild", "users", "--hold")
            let link = "\(deployment.readModelPath(.users))/current.sqlite"
            var done: Int64 = 0
            for _ in 0..<Self.kills {
                try await Task.sleep(for: .milliseconds(Int.random(in: LongForm.isOn ? 300...2000 : 20...200)))
                await deployment.kill(.users)
                #expect(try rowCount("users", in: link) == Self.users)
                let build = try GenerationSummary(2, in: ReadModelFolder(deployment.readModelPath(.users)))
                let posted = try #require(build).progress.posted(of: ["users-writer"])
                #expect(posted >= done)
                done = posted
                try await deployment.start(.users)
            }
            _ = try await tool(deployment, "projections", "promote", "users")
            try await waitUntilServing(2, deployment)
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    @Test func `can be refused, taken back and done without, by the tool`() async throws {
        try await withUsers(2) { deployment, head in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: head)
            _ = try await tool(deployment, "projections", "promote", "users", expecting: 75)
            _ = try await tool(deployment, "projections", "rollback", "users", expecting: 75)
            _ = try await tool(deployment, "projections", "rebuild", "nobody", expecting: 64)
            _ = try await tool(deployment, "projections", "rebuild", "users", "--wait")
            try await waitUntilServing(2, deployment)
            _ = try await tool(deployment, "projections", "rollback", "users")
            try await waitUntilServing(1, deployment)
            _ = try await tool(deployment, "projections", "drop", "users")
            #expect(try await generations(deployment).count == 1)
            #expect(try await tool(deployment, "projections", "list").contains("users"))
            let explained = try await tool(deployment, "projections", "rebuild", "users", "--explain")
            #expect(explained.contains("\(head) events"))
            #expect(try await tool(deployment, "projections", "compare", "users").contains("the same rows"))
            let path = "\(deployment.readModelPath(.users))/current.sqlite"
            try changeReadModel(path, "UPDATE users SET name = 'other' WHERE user_id = 'u3'")
            let compared = try await tool(deployment, "projections", "compare", "users", expecting: 75)
            #expect(compared.contains("- user_id=") && compared.contains("+ user_id="))
            _ = try await tool(deployment, "projections", "reset", "users")
            try await waitUntilServing(3, deployment)
            #expect(try await tool(deployment, "projections", "compare", "users").contains("the same rows"))
            #expect(try await tool(deployment, "parked", "list", "users").contains("nothing is parked"))
            _ = try await tool(deployment, "parked", "retry", "users", "user-u1", expecting: 66)
            _ = try await tool(deployment, "parked", "skip", "users", "user-u1", expecting: 66)
        }
    }
}
