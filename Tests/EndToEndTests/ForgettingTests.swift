import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing

/// Personal data in every file that daemons leave, searched for byte by byte.
@Suite(.enabled(if: TestBroker.isRunning)) struct `A user who is forgotten` {
    private static let secrets = [
        "ada.secret@example.com", "ada.later@example.com", "Augusta Ada King", "moved to Marylebone",
    ]

    private func keys(_ deployment: Deployment) -> String { deployment.folder.appending(path: "keys.sqlite").path }

    private func startWriter(_ deployment: Deployment) async throws {
        try await deployment.start(.writer, settings: ["DAYBOOK_KEYS_PATH": keys(deployment)])
    }

    private func post(_ deployment: Deployment, _ path: String, _ body: String = "", status: Int = 200) async throws {
        let answer = try await deployment.post(
            "/v1/user/\(path)", body, headers: ["Idempotency-Key": UUID().uuidString])
        #expect(answer.status == status, "\(path): \(answer.text)")
    }

    private func fill(_ deployment: Deployment) async throws {
        try await post(deployment, "ada/create", #"{"email":"\#(Self.secrets[0])","name":"\#(Self.secrets[2])"}"#)
        try await post(deployment, "eve/create", #"{"email":"eve@example.com","name":"Eve Example"}"#)
        try await post(deployment, "ada/change-email", #"{"newEmail":"\#(Self.secrets[1])"}"#)
        try await post(deployment, "ada/deactivate", #"{"reason":"\#(Self.secrets[3])"}"#)
        try await post(deployment, "ada/reactivate", #"{"reason":"came back"}"#)
        try await deployment.waitUntilCurrent(.users, head: 5)
    }

    private func forget(
        _ deployment: Deployment, _ options: String..., expecting status: Int32 = 0
    ) async throws -> String {
        try await shell(
            Deployment.program("daybook"),
            [
                "forget", "user-ada", "--writer", "http://127.0.0.1:\(deployment.ports[.writer] ?? 0)",
                "--worker", "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)",
            ] + options, expecting: status)
    }

    /// The files that have one of these somewhere.
    private func files(_ folder: URL, with secrets: [Data]) throws -> [String] {
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return try files.filter { path in
            let url = folder.appending(path: path)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { return false }
            let content = try Data(contentsOf: url)
            return secrets.contains { content.range(of: $0) != nil }
        }
    }

    private func key(_ deployment: Deployment) throws -> Data {
        let sql = "SELECT k.key FROM subjects s JOIN key_slots k ON k.id = s.slot WHERE s.subject = 'user-ada'"
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: keys(deployment), configuration: configuration)
        return try #require(try database.read { try Data.fetchOne($0, sql: sql) })
    }

    @Test func `is in no file any more, and everything else is as it was`() async throws {
        try await Deployment.with { deployment in
            try await startWriter(deployment)
            try await deployment.start(.users)
            try await fill(deployment)
            let secrets = Self.secrets.map { Data($0.utf8) }
            let before = try files(deployment.folder, with: secrets)
            // Only the read model ever had it in the clear.
            #expect(before.contains { $0.hasPrefix("users-worker/") })
            #expect(!before.contains { $0.hasPrefix("store.sqlite") })
            let key = try key(deployment)
            let holders = try files(deployment.folder, with: [key])
            #expect(holders.contains("keys.sqlite") && holders.allSatisfy { $0.hasPrefix("keys.sqlite") })

            #expect(try await forget(deployment).contains("4 events that nobody can read any more"))
            let backup = deployment.folder.appending(path: "backup.sqlite").path
            try DatabaseQueue(path: deployment.storePath).backup(to: DatabaseQueue(path: backup))
            let found = try files(deployment.folder, with: secrets + [key])
            #expect(found == [])

            let state = try await deployment.get(.writer, "/v1/user/ada").json["state"] as? [String: any Sendable]
            #expect(state?["isForgotten"] as? Bool == true && state?["email"] == nil)
            let stream = try await deployment.get(.writer, "/v1/streams/user-ada").text
            #expect(stream.contains(#""contactEmail":"[forgotten]""#) && stream.contains(#""type":"forgotten""#))
            #expect(try await deployment.get(.users, "/v1/users/ada").status == 404)
            let eve = try await deployment.get(.users, "/v1/users/eve").json
            #expect(eve["email"] as? String == "eve@example.com")
            try await post(deployment, "eve/change-email", #"{"newEmail":"\#(Self.secrets[0])"}"#)
            try await post(deployment, "ada/reactivate", #"{"reason":"again"}"#, status: 422)
            try await deployment.waitUntilCurrent(.users, head: 8)
            await deployment.stopAll()
            _ = try StoreVerification(path: deployment.storePath).run()
            #expect(throws: StoreError.self) { try SQLiteEventStore(path: deployment.storePath) }
            let store = try SQLiteEventStore(path: deployment.storePath, keys: KeyRing(path: keys(deployment)))
            try await expectReplay(of: store, deployment)
        }
    }

    /// Copies databases over others, with what is beside them.
    private func copy(_ names: [String], from: URL, to: URL) throws {
        for name in names.flatMap({ [$0, "\($0)-wal", "\($0)-shm"] }) {
            try? FileManager.default.removeItem(at: to.appending(path: name))
            guard FileManager.default.fileExists(atPath: from.appending(path: name).path) else { continue }
            try FileManager.default.copyItem(at: from.appending(path: name), to: to.appending(path: name))
        }
    }

    /// The key goes first: whoever asks once, and is told that it failed, is forgotten all the same.
    @Test func `is forgotten at the next start where that could not be recorded`() async throws {
        try await Deployment.with { deployment in
            try await startWriter(deployment)
            try await deployment.start(.users)
            try await fill(deployment)
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            let store = try DatabaseQueue(path: deployment.storePath, configuration: configuration)
            try await store.write { db in
                try db.execute(
                    sql: """
                        CREATE TRIGGER not_now BEFORE INSERT ON events
                        WHEN NEW.type_id = (SELECT id FROM types WHERE name = 'forgotten')
                        BEGIN SELECT RAISE(ABORT, 'not now'); END
                        """)
            }
            let key = try key(deployment)
            _ = try await forget(deployment, expecting: 69)
            #expect(try Data(contentsOf: URL(filePath: keys(deployment))).range(of: key) == nil)
            await deployment.kill(.writer)
            try await store.write { try $0.execute(sql: "DROP TRIGGER not_now") }
            try await startWriter(deployment)
            let state = try await deployment.get(.writer, "/v1/user/ada").text
            #expect(state.contains(#""isForgotten":true"#))
            try await deployment.waitUntilCurrent(.users, head: 7)
            #expect(try await deployment.get(.users, "/v1/users/ada").status == 404)
        }
    }

    @Test func `stays forgotten when older files are restored`() async throws {
        try await Deployment.with { deployment in
            try await startWriter(deployment)
            try await deployment.start(.users)
            try await fill(deployment)
            await deployment.stop(.writer)
            let older = deployment.folder.appending(path: "older")
            try FileManager.default.createDirectory(at: older, withIntermediateDirectories: true)
            try copy(["keys.sqlite", "store.sqlite"], from: deployment.folder, to: older)
            try await startWriter(deployment)
            _ = try await forget(deployment)
            for name in ["keys.sqlite", "store.sqlite"] {
                await deployment.stop(.writer)
                try copy([name], from: older, to: deployment.folder)
                try await startWriter(deployment)
                let state = try await deployment.get(.writer, "/v1/user/ada").text
                #expect(state.contains(#""isForgotten":true"#), "the older \(name)")
            }
        }
    }

    @Test func `is reported as not wholly gone where data are from before there were keys`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await fill(deployment)
            #expect(try await forget(deployment, expecting: 65).contains("no key file"))
            await deployment.stop(.writer)
            try await startWriter(deployment)
            let report = try await forget(deployment, expecting: 75)
            #expect(report.contains("4 events of the store, which are from before it had a key file"))
        }
    }

    @Test func `is reported as not gone from a read model whose file a reader holds, until the worker erases it`()
        async throws
    {
        try await Deployment.with { deployment in
            try await startWriter(deployment)
            try await deployment.start(.users, settings: ["DAYBOOK_HEAD_CHECK_INTERVAL": "1s"])
            try await fill(deployment)
            let reader = try LongReader("\(deployment.readModelPath(.users))/current.sqlite")
            let report = try await forget(deployment, "--wait", "5", expecting: 75)
            #expect(report.contains("remains: generation 1 of users may have it in its file still"))
            // Nothing is posted meanwhile.
            try reader.end()
            #expect(try await !forget(deployment).contains("remains:"))
            let found = try files(deployment.folder, with: Self.secrets.map { Data($0.utf8) })
            #expect(found == [])
        }
    }

    /// Puts a generation of another version beside the first one, which looks as if it had served before.
    private func addPrevious(_ number: Int, to folder: ReadModelFolder) throws {
        let path = "\(folder.path)/copy"
        let copy = try DatabaseQueue(path: path)
        try DatabaseQueue(path: folder.file(1)).backup(to: copy)
        try copy.write {
            try $0.execute(sql: "UPDATE projection SET version = 99; UPDATE generation SET role = 'previous'")
        }
        try copy.close()
        try FileManager.default.moveItem(atPath: path, toPath: folder.file(number))
    }

    @Test func `is reported as not gone from a generation that nobody feeds`() async throws {
        try await Deployment.with { deployment in
            try await startWriter(deployment)
            try await deployment.start(.users)
            try await fill(deployment)
            let folder = try ReadModelFolder(deployment.readModelPath(.users))
            try addPrevious(2, to: folder)
            try Data(repeating: 0x2A, count: 8192).write(to: URL(filePath: folder.file(3)))
            let report = try await forget(deployment, "--wait", "1", expecting: 75)
            #expect(report.contains("generation 2 of users has not come to it yet, and is frozen unless"))
            #expect(report.contains("generation 3 of users cannot be read: daybook projections drop users"))
            try await shell(
                Deployment.program("daybook"),
                [
                    "projections", "drop", "users", "--worker",
                    "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)",
                ])
            _ = try await forget(deployment)
            let found = try files(deployment.folder, with: Self.secrets.map { Data($0.utf8) })
            #expect(found == [])
        }
    }
}
