import DaybookService
import Foundation
import Synchronization
import TestSupport
import Testing

/// Messages to new users, while the worker is killed at random. `DAYBOOK_TEST_LONG=1` runs it in full.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A message for each new user` {
    private let users = LongForm.isOn ? 10_000 : 1000
    private let kills = LongForm.isOn ? 10 : 4

    @Test(.timeLimit(.minutes(10)))
    func `is written, whoever is killed, and never again by a rebuild`() async throws {
        try await Deployment.with { deployment in
            let outbox = deployment.folder.appending(path: "outbox").path
            let notes = try await RenameNotes(in: deployment.folder)
            let settings = notes.environment.merging([
                "DAYBOOK_OUTBOX_PATH": outbox, "DAYBOOK_REACTIONS_PATH": deployment.folder.appending(path: "r").path,
            ]) { $1 }
            try await deployment.start(.writer)
            // Who is there already gets none.
            _ = try await deployment.post("/v1/user/early/create", #"{"email":"e@example.com","name":"E"}"#)
            try await deployment.start(.users, settings: settings)
            try await eventually("the reaction begins") { try await reaction(deployment)["lag"] as? Int == 0 }
            let (sent, mails) = (Tally(), Mails(outbox))
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
                tasks.addTask {
                    // Sent while they come, so that one that comes again is seen.
                    while sent.count < users {
                        try mails.send()
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                try await tasks.waitForAll()
            }
            try await deployment.waitUntilCurrent(.users, head: Int64(users) + 1, within: .seconds(120))
            try await eventually("every user has a message", within: .seconds(120)) {
                try mails.send()
                let lag = try await reaction(deployment)["lag"] as? Int
                return lag == 0 && mails.receivers == users
            }
            // What a worker was at when it was killed comes again, and nothing else. One that comes again before it was
            // sent replaces itself in the outbox: the messages that are written are counted too.
            let new = URL(filePath: "\(outbox)/new")
            let written = try notes.count(in: new)
            #expect(mails.sent - users <= kills && written - users <= kills)
            print("\(max(mails.sent, written) - users) messages came again after \(kills) kills")
            let before = mails.sent
            let worker = "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"
            try await shell(
                Deployment.program("daybook"), ["projections", "rebuild", "users", "--wait", "--worker", worker])
            _ = try await deployment.post("/v1/user/late/create", #"{"email":"l@example.com","name":"L"}"#)
            try await eventually("the next one gets his", within: .seconds(30)) {
                try mails.send()
                return mails.receivers == users + 1
            }
            await deployment.stopAll()
            try mails.send()
            #expect(mails.sent == before + 1)
            #expect(try notes.count(in: new) == written + 1)
        }
    }

    private func reaction(_ deployment: Deployment) async throws -> [String: any Sendable] {
        let projections = try await deployment.get(.users, "/v1/projections").json["projections"]
        let all = projections as? [[String: any Sendable]] ?? []
        let found = all.first { $0["projection"] as? String == "welcome-message" } ?? [:]
        return (found["lanes"] as? [any Sendable])?.isEmpty == false ? found : [:]
    }

}

/// Whoever sends what is in an outbox, and counts how often for whom.
private final class Mails: Sendable {
    private let outbox: String
    private let counts = Mutex<[String: Int]>([:])

    init(_ outbox: String) { self.outbox = outbox }

    var sent: Int { counts.withLock { $0.values.reduce(0, +) } }
    var receivers: Int { counts.withLock { $0.count } }

    func send() throws {
        try counts.withLock { counts in
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(outbox)/new") {
                counts[name, default: 0] += 1
                try FileManager.default.removeItem(atPath: "\(outbox)/new/\(name)")
            }
        }
    }
}
