import Foundation
import GRDB
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A query with the token of a command` {
    @Test func `shows what was written, or says why not`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users, settings: ["DAYBOOK_QUERY_PATIENCE": "1s"])
            try await deployment.waitUntilCurrent(.users, head: 0)
            var token = ""
            for number in 0..<50 {
                token = try await write("u\(number)", deployment)
                let answer = try await query("u\(number)", token, deployment)
                #expect(answer.status == 200 && answer.text.contains("u\(number)@example.com"))
            }
            let worker = "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"
            try await shell(Deployment.program("daybook"), ["projections", "pause", "users", "--worker", worker])
            let later = try await write("late", deployment)
            let behind = try await query("late", later, deployment)
            #expect(behind.status == 503 && behind.json["code"] as? String == "not-yet")
            #expect(behind.json["lag"] as? Int == 1 && behind.headers["retry-after"] == "1")
            // What is there is shown meanwhile.
            #expect(try await query("u49", token, deployment).status == 200)
            #expect(try await query("u49", "nonsense", deployment).status == 400)
            #expect(try await query("u49", token.replacing("users-writer", with: "other"), deployment).status == 400)
            let epoch = token.split(separator: "/")[1]
            let other = token.replacing(epoch, with: "00000000-0000-7000-8000-000000000000")
            #expect(try await query("u49", other, deployment).json["code"] as? String == "other-log")
            async let waiting = query("late", later, deployment)
            try await shell(Deployment.program("daybook"), ["projections", "resume", "users", "--worker", worker])
            #expect(try await waiting.status == 200)
            try refuse("bad", deployment)
            let bad = try await write("bad", deployment)
            try await eventually("it is parked, and the answer says so") {
                let answer = try await query("bad", bad, deployment)
                return answer.status == 503 && answer.json["code"] as? String == "parked"
                    && answer.json["stream"] as? String == "user-bad"
            }
        }
    }

    /// Lets the projection fail at a user.
    private func refuse(_ user: String, _ deployment: Deployment) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let path = "\(deployment.readModelPath(.users))/current.sqlite"
        try DatabaseQueue(path: path, configuration: configuration).write { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER refusing BEFORE INSERT ON users WHEN NEW.user_id = '\(user)'
                    BEGIN SELECT RAISE(ABORT, 'this user cannot be'); END
                    """)
        }
    }

    private func write(_ user: String, _ deployment: Deployment) async throws -> String {
        let body = #"{"email":"\#(user)@example.com","name":"U"}"#
        let answer = try await deployment.post("/v1/user/\(user)/create", body)
        return try #require(answer.json["token"] as? String)
    }

    private func query(_ user: String, _ token: String, _ deployment: Deployment) async throws -> Deployment.Answer {
        try await deployment.get(.users, "/v1/users/\(user)", headers: ["Daybook-Token": token])
    }
}
