import Daybook
import DaybookSQLite
import Foundation
import Synchronization
import TestSupport
import Testing
import UserViews

/// Commands from 32 clients while everything is killed again and again. `DAYBOOK_TEST_LONG=1` runs it in full.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `With writer, worker and broker killed at random` {
    private let commands = LongForm.isOn ? 20_000 : 3_000
    private let kills = LongForm.isOn ? 5 : 2

    @Test(.timeLimit(.minutes(20)))
    func `every answered command is stored once and both read models equal a replay`() async throws {
        try await Deployment.with { deployment in
            for daemon in Deployment.Daemon.allCases { try await deployment.start(daemon) }
            let answers = Answers()
            let victims = Deployment.Daemon.allCases.map(Optional.some) + [nil]
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for client in 0..<32 {
                    tasks.addTask { try await run(client, on: deployment, answers) }
                }
                tasks.addTask {
                    for victim in (0..<kills).flatMap({ _ in victims.shuffled() }) {
                        try await Task.sleep(for: .milliseconds(Int.random(in: 300...2000)))
                        try await kill(victim, of: deployment)
                    }
                    answers.killingIsOver()
                }
                try await tasks.waitForAll()
            }
            try await verify(deployment, answers.stored)
        }
    }

    /// Sends commands on users of its own, each until it is answered: its share, and on until the killing is over.
    private func run(_ client: Int, on deployment: Deployment, _ answers: Answers) async throws {
        var sent = 0
        while sent < commands / 32 || !answers.isKillingOver {
            let id = "c\(client)-\(sent / 5)"
            let (command, body) =
                switch sent % 5 {
                case 0: ("create", #"{"email":"\#(id)@example.com","name":"\#(id)"}"#)
                case 1, 2: ("change-email", #"{"newEmail":"\#(id).\#(sent)@example.com"}"#)
                case 3: ("deactivate", #"{"reason":"left"}"#)
                default: ("reactivate", #"{"reason":"came back"}"#)
                }
            let answer = try await send("/v1/user/\(id)/\(command)", body, key: "\(client)/\(sent)", deployment)
            guard answer.status == 200, let position = answer.json["position"] as? Int,
                let version = answer.json["version"] as? Int
            else { throw SupportError("\(command) on \(id): \(answer.status) \(answer.text)") }
            answers.add(stream: "user-\(id)", version: version, position: position)
            sent += 1
            if sent > commands / 32 { try await Task.sleep(for: .milliseconds(20)) }
        }
    }

    private func send(
        _ path: String, _ body: String, key: String, _ deployment: Deployment
    ) async throws -> Deployment.Answer {
        for _ in 0..<600 {
            if let answer = try? await deployment.post(path, body, headers: ["Idempotency-Key": key]),
                answer.status != 503
            {
                return answer
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw SupportError("no answer to \(path)")
    }

    private func kill(_ victim: Deployment.Daemon?, of deployment: Deployment) async throws {
        guard let victim else {
            try await TestBroker.run("kill")
            try await TestBroker.run("start")
            return
        }
        await deployment.kill(victim)
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...300)))
        try await deployment.start(victim)
    }

    private func verify(_ deployment: Deployment, _ stored: [Answers.Stored]) async throws {
        let head = Int64(stored.count)
        for worker in [Deployment.Daemon.users, .statistics] {
            try await deployment.waitUntilCurrent(worker, head: head, within: .seconds(120))
        }
        await deployment.stopAll()
        let store = try SQLiteEventStore(path: deployment.storePath)
        let events = try await store.read(after: .zero, limit: .max)
        #expect(events.map(\.position.rawValue) == Array(1...head))
        let known = Dictionary(uniqueKeysWithValues: events.map { ($0.position.rawValue, $0) })
        for answer in stored {
            let event = known[Int64(answer.position)]
            #expect(event?.stream.description == answer.stream && event?.version.rawValue == Int64(answer.version))
        }
        try await expectReplay(of: store, deployment)
    }
}

/// The read model of each worker that was started has row for row what a replay of the store gives.
func expectReplay(of store: SQLiteEventStore, _ deployment: Deployment) async throws {
    let fresh = (
        users: deployment.folder.appending(path: "replay-users-\(UUID())").path,
        statistics: deployment.folder.appending(path: "replay-statistics-\(UUID())").path,
    )
    _ = try await replay(store, source: "users-writer", to: UsersProjection(), in: fresh.users)
    _ = try await replay(store, source: "users-writer", to: UserStatisticsProjection(), in: fresh.statistics)
    let workers = deployment.started.subtracting([.writer])
    #expect(!workers.isEmpty, "no worker was started")
    for worker in workers {
        let (table, expected) =
            worker == .users ? ("users", fresh.users) : ("user_statistics", fresh.statistics)
        let rows = try rows(table, in: "\(deployment.readModelPath(worker))/current.sqlite")
        #expect(try rows == TestSupport.rows(table, in: "\(expected)/current.sqlite"))
        #expect(!rows.isEmpty)
    }
}

private final class Answers: Sendable {
    struct Stored: Sendable {
        let stream: String
        let version: Int
        let position: Int
    }

    private let state = Mutex<(stored: [Stored], isOver: Bool)>(([], false))

    var stored: [Stored] { state.withLock { $0.stored } }
    var isKillingOver: Bool { state.withLock { $0.isOver } }

    func add(stream: String, version: Int, position: Int) {
        state.withLock { $0.stored.append(Stored(stream: stream, version: version, position: position)) }
    }

    func killingIsOver() { state.withLock { $0.isOver = true } }
}
