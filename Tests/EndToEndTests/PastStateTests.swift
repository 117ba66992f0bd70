import Foundation
import GRDB
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `What was` {
    private func tool(_ deployment: Deployment, _ arguments: String..., expecting status: Int32 = 0) async throws
        -> String
    {
        let writer = "http://127.0.0.1:\(deployment.ports[.writer] ?? 0)"
        return try await shell(Deployment.program("daybook"), arguments + ["--writer", writer], expecting: status)
    }

    @Test func `can be seen over HTTP and with the tool`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            for (command, body) in [
                ("create", #"{"email":"a@example.com","name":"A"}"#),
                ("change-email", #"{"newEmail":"b@example.com"}"#),
                ("deactivate", #"{"reason":"left"}"#),
            ] {
                #expect(try await deployment.post("/v1/user/a/\(command)", body).status == 200)
            }
            func state(_ query: String) async throws -> Deployment.Answer {
                try await deployment.get(.writer, "/v1/user/a\(query)")
            }
            #expect(try await state("?at-version=1").text.contains("a@example.com"))
            #expect(try await state("?at-version=1").headers["etag"] == "\"1\"")
            #expect(try await state("?at-time=2999-01-01").json["version"] as? Int == 3)
            for (query, status) in [
                ("?at-version=9", 404), ("?at-time=2001-01-01", 404), ("?at-version=0", 400), ("?at-version=x", 400),
                ("?at-time=yesterday", 400), ("?at-version=1&at-time=2999-01-01", 400),
            ] {
                #expect(try await state(query).status == status, "\(query)")
            }
            let lines = try await deployment.get(.writer, "/v1/streams/user-a?states=true&after=1").text
            #expect(lines.split(separator: "\n").count == 2 && lines.contains(#""isActive":false"#))
            let beyond = "/v1/streams/user-a?states=true&after=9223372036854775807"
            #expect(try await deployment.get(.writer, beyond).status == 409)
            // Users are created with a contact email now.
            #expect(try await deployment.get(.writer, "/v1/streams/user-a").text.contains(#""contactEmail""#))

            #expect(try await tool(deployment, "user", "show", "a", "--at", "2").contains("version 2"))
            #expect(try await tool(deployment, "user", "show", "a", "--at", "2999-01-01T00:00Z").contains("version 3"))
            let changes = try await tool(deployment, "user", "show", "a", "--at", "3", "--since", "1")
            #expect(changes.contains("version 1 to 3") && changes.contains("isActive: true → false"))
            #expect(changes.contains(#"email: "a@example.com" → "b@example.com""#))
            #expect(try await tool(deployment, "stream", "show", "user-a", "--states").contains(#""isActive":false"#))
            _ = try await tool(deployment, "user", "show", "a", "--at", "9", expecting: 66)
            _ = try await tool(deployment, "user", "create", "--at", "1", expecting: 64)
        }
    }

    @Test func `can be proven, also while the writer runs`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            for user in 0..<20 {
                let body = #"{"email":"u\#(user)@example.com","name":"U"}"#
                #expect(try await deployment.post("/v1/user/u\(user)/create", body).status == 200)
            }
            let whole = try await shell(Deployment.program("daybook"), ["verify", deployment.storePath])
            let head = try #require(whole.split(separator: " ").last).trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(head.hasPrefix("20:"))
            #expect(try await deployment.post("/v1/user/u3/deactivate", #"{"reason":"left"}"#).status == 200)
            let more = try await shell(
                Deployment.program("daybook"), ["verify", deployment.storePath, "--from", head, "--json"])
            #expect(more.contains(#""head":"21:"#))
            await deployment.stopAll()
            try await DatabaseQueue(path: deployment.storePath).write { db in
                try db.execute(sql: "DROP TRIGGER events_refuse_update")
                try db.execute(sql: "UPDATE events SET data = x'7b7d' WHERE position = 7")
            }
            let program = Deployment.program("daybook")
            let damaged = try await shell(program, ["verify", deployment.storePath], expecting: 74)
            #expect(damaged.contains("position 7:"))
            _ = try await shell(program, ["verify", "nowhere.sqlite"], expecting: 66)
            _ = try await shell(program, ["verify", deployment.storePath, "--from", "x"], expecting: 64)
            let model = deployment.folder.appending(path: "not-a-store.sqlite").path
            try await DatabaseQueue(path: model).write { try $0.execute(sql: "CREATE TABLE t(x)") }
            _ = try await shell(program, ["verify", model], expecting: 1)
        }
    }
}
