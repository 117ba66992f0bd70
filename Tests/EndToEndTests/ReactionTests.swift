import Foundation
import TestSupport
import Testing

/// Messages to new users, while the worker is killed at random. `DAYBOOK_TEST_LONG=1` runs it in full.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A message for each new user` {
    private let users = `With writer, worker and broker killed at random`.isLong ? 10_000 : 1000
    private let kills = `With writer, worker and broker killed at random`.isLong ? 10 : 4

    @Test(.timeLimit(.minutes(10)))
    func `is written, whoever is killed, and never again by a rebuild`() async throws {
        try await Deployment.with { deployment in
            let outbox = deployment.folder.appending(path: "outbox").path
            let settings = [
                "DAYBOOK_OUTBOX_PATH": outbox, "DAYBOOK_REACTIONS_PATH": deployment.folder.appending(path: "r").path,
            ]
            try await deployment.start(.writer)
            // Who is there already gets none.
            _ = try await deployment.post("/v1/user/early/create", #"{"email":"e@example.com","name":"E"}"#)
            try await deployment.start(.users, settings: settings)
            try await eventually("the reaction begins") { try await reaction(deployment)["lag"] as? Int == 0 }
            let sent = Tally()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for client in 0..<16 {
                    tasks.addTask {
                        for user in stride(from: client, to: users, by: 16) {
                            let body = #"{"email":"u\#(user)@example.com","name":"U"}"#
                            let answer = try await deployment.post("/v1/user/u\(user)/create", body)
                            #expect(answer.status == 200)
                            sent.add()
                        }
                    }
                }
                tasks.addTask {
                    for kill in 1...kills {
                        try await eventually("commands go on", within: .seconds(120)) {
                            sent.count >= users * kill / (kills + 1)
                        }
                        await deployment.kill(.users)
                        try await deployment.start(.users, settings: settings)
                    }
                }
                try await tasks.waitForAll()
            }
            try await deployment.waitUntilCurrent(.users, head: Int64(users) + 1, within: .seconds(120))
            try await eventually("every user has a message", within: .seconds(120)) {
                try messages(outbox).count == users
            }
            // Moved away, as whoever sends them would: what comes again is seen.
            try move(outbox, try messages(outbox))
            let worker = "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"
            try await shell(
                Deployment.program("daybook"), ["projections", "rebuild", "users", "--wait", "--worker", worker])
            _ = try await deployment.post("/v1/user/late/create", #"{"email":"l@example.com","name":"L"}"#)
            try await eventually("the next one gets his", within: .seconds(30)) { try messages(outbox).count == 1 }
            await deployment.stopAll()
            #expect(try messages(outbox).count == 1)
        }
    }

    private func reaction(_ deployment: Deployment) async throws -> [String: any Sendable] {
        let projections = try await deployment.get(.users, "/v1/projections").json["projections"]
        let all = projections as? [[String: any Sendable]] ?? []
        let found = all.first { $0["projection"] as? String == "welcome-message" } ?? [:]
        return (found["lanes"] as? [any Sendable])?.isEmpty == false ? found : [:]
    }

    private func messages(_ outbox: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(outbox)/new")
    }

    private func move(_ outbox: String, _ messages: [String]) throws {
        for message in messages {
            try FileManager.default.moveItem(atPath: "\(outbox)/new/\(message)", toPath: "\(outbox)/cur/\(message)")
        }
    }
}
