import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import GRDB
import TestSupport
import Testing

/// A read model that is gone, or was made from another log than its source has now: what is said, and the way out.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `After a restore` {
    private func with(_ body: (Deployment) async throws -> Void) async throws {
        try await Deployment.with { deployment in
            try await fillWithUsers(SQLiteEventStore(path: deployment.storePath), users: 0..<100, eventsOfEach: 5)
            try copy(deployment.storePath, to: older(deployment))
            try await deployment.start(.writer)
            try await deployment.start(.users)
            for user in 0..<100 { try await change(user, "first", deployment) }
            try await deployment.waitUntilCurrent(.users, head: 600)
            await deployment.stopAll()
            try await body(deployment)
        }
    }

    private func older(_ deployment: Deployment) -> String { deployment.folder.appending(path: "older.sqlite").path }

    private func change(_ user: Int, _ email: String, _ deployment: Deployment) async throws {
        let body = #"{"newEmail":"\#(email)\#(user)@example.com"}"#
        #expect(try await deployment.post("/v1/user/u\(user)/change-email", body).status == 200)
    }

    /// Whole, whatever is still in the write-ahead log.
    private func copy(_ store: String, to copy: String) throws {
        var configuration = Configuration()
        // Whoever closes it at this moment has it for itself.
        configuration.busyMode = .timeout(5)
        try DatabaseQueue(path: store, configuration: configuration).writeWithoutTransaction {
            try $0.execute(sql: "VACUUM INTO ?", arguments: [copy])
        }
    }

    /// Puts another store in the place of the writer's.
    private func restore(_ path: String, _ deployment: Deployment) throws {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: deployment.storePath + suffix)
        }
        try FileManager.default.copyItem(atPath: path, toPath: deployment.storePath)
    }

    private func rebuild(_ deployment: Deployment) async throws {
        let worker = "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"
        try await shell(
            Deployment.program("daybook"), ["projections", "rebuild", "users", "--wait", "--worker", worker])
    }

    /// Starts the daemons, waits for the message, and goes the way out that it names.
    private func expect(
        _ message: String, _ deployment: Deployment, head: Int64, shown: String = "first"
    ) async throws {
        let link = "\(deployment.readModelPath(.users))/current.sqlite"
        let before = try rows("users", in: link)
        let file = URL(filePath: link).resolvingSymlinksInPath().path
        if deployment.process(.writer) == nil { try await deployment.start(.writer) }
        try await deployment.start(.users)
        try await eventually("it says what is wrong") {
            try await deployment.get(.users, "/v1/projections").text.contains(message)
        }
        #expect(try await deployment.get(.users, "/health/ready").status == 503)
        // What is there is still shown, and nothing of the other log is posted, from its queues or from history.
        #expect(try await deployment.get(.users, "/v1/users/u7").text.contains("\(shown)7@example.com"))
        #expect(!before.isEmpty)
        try await rebuild(deployment)
        try await deployment.waitUntilCurrent(.users, head: head)
        try await eventually("it is well") { try await deployment.get(.users, "/health/ready").status == 200 }
        await deployment.stopAll()
        // Nor was anything posted to that file later, while it served and since another one does.
        #expect(URL(filePath: link).resolvingSymlinksInPath().path != file)
        #expect(try rows("users", in: file) == before)
        try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
    }

    @Test func `a read model whose file is gone is made anew`() async throws {
        try await with { deployment in
            for name in try FileManager.default.contentsOfDirectory(atPath: deployment.readModelPath(.users))
            where name.hasPrefix("g") {
                try FileManager.default.removeItem(atPath: "\(deployment.readModelPath(.users))/\(name)")
            }
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 600)
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    @Test func `a read model of another store is not posted to`() async throws {
        try await with { deployment in
            let other = deployment.folder.appending(path: "other.sqlite").path
            try await fillWithUsers(SQLiteEventStore(path: other), users: 0..<50, eventsOfEach: 3)
            try copy(other, to: other + ".whole")
            try restore(other + ".whole", deployment)
            try await expect("the source's log is another one now", deployment, head: 150)
        }
    }

    @Test func `a store that was restored from an older copy is noticed`() async throws {
        try await with { deployment in
            try restore(older(deployment), deployment)
            try await expect("beyond the end of the source's log", deployment, head: 500)
        }
    }

    @Test func `a store that was restored and has grown past the checkpoint is noticed`() async throws {
        try await with { deployment in
            try restore(older(deployment), deployment)
            try await deployment.start(.writer)
            for round in 0..<3 {
                for user in 0..<100 { try await change(user, "again\(round)", deployment) }
            }
            try await expect("the source's log has another event at offset", deployment, head: 800)
        }
    }

    /// The drill in the documentation, step by step.
    @Test func `of a backup with the tool read models stop, and are built anew of what was restored`() async throws {
        try await Deployment.with { deployment in
            try await fillWithUsers(SQLiteEventStore(path: deployment.storePath), users: 0..<100, eventsOfEach: 5)
            try await deployment.start(.writer)
            try await deployment.start(.users)
            for user in 0..<100 { try await change(user, "first", deployment) }
            try await deployment.waitUntilCurrent(.users, head: 600)
            let (program, backup) = (
                Deployment.program("daybook"), deployment.folder.appending(path: "backup.sqlite").path
            )
            let copied = try await shell(program, ["backup", deployment.storePath, backup, "--verify"])
            #expect(copied.contains("head 600:"))
            // What comes after it is lost.
            for user in 0..<100 { try await change(user, "later", deployment) }
            try await deployment.waitUntilCurrent(.users, head: 700)
            await deployment.stopAll()

            _ = try await shell(program, ["restore", backup, deployment.storePath], expecting: 1)
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: deployment.storePath + suffix)
            }
            let before = try StoreVerification(path: backup).epoch()
            let restored = try await shell(program, ["restore", backup, deployment.storePath])
            #expect(restored.contains("head 600:") && restored.contains("and was \(before)"))
            _ = try await shell(program, ["verify-history", deployment.storePath])

            try await expect("the source's log is another one now", deployment, head: 600, shown: "later")
            let link = "\(deployment.readModelPath(.users))/current.sqlite"
            #expect(try rows("users", in: link).allSatisfy { $0.contains("first") })
            let compared = try await shell(program, ["verify", deployment.storePath, "--read-model", link])
            #expect(compared.contains("users: has what a replay gives, 600 events"))
        }
    }
}
