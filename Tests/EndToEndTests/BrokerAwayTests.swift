import DaybookSQLite
import DaybookService
import Foundation
import Synchronization
import TestSupport
import Testing

/// `DAYBOOK_TEST_LONG=1` keeps the broker away for a minute.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `While the broker is away` {
    private let seconds = LongForm.isOn ? 60 : 8

    @Test(.timeLimit(.minutes(5)))
    func `commands go on, memory stays flat, and the lag goes to 0 by itself afterwards`() async throws {
        try await Deployment.with { deployment in
            for daemon in Deployment.Daemon.allCases { try await deployment.start(daemon) }
            let load = Load()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for client in 0..<8 {
                    tasks.addTask {
                        while !Task.isCancelled, let number = load.next() {
                            let body = #"{"email":"c\#(client).\#(number)@example.com","name":"A"}"#
                            let answer = try? await deployment.post("/v1/user/c\(client)-\(number)/create", body)
                            if answer?.status != 200 { load.failed() }
                        }
                    }
                }
                try await Task.sleep(for: .seconds(3))
                let before = try memory(of: deployment)
                try await TestBroker.run("kill")
                try await Task.sleep(for: .seconds(seconds))
                let health = try await deployment.get(.writer, "/health/ready")
                #expect(health.status == 200 && health.text.contains("no broker, backlog "))
                let backlog = try #require(try await deployment.metric("daybook_relay_backlog", of: .writer))
                #expect(backlog > 0)
                #expect(try await deployment.metric("daybook_relay_connected", of: .writer) == 0)
                let grown = try memory(of: deployment) - before
                #expect(grown < 64 << 20, "the writer grew by \(grown) bytes")
                try await TestBroker.run("start")
                load.stop()
                try await tasks.waitForAll()
            }
            let (sent, failed) = load.result
            #expect(failed == 0)
            print("\(sent) commands, \(failed) failed")
            for worker in [Deployment.Daemon.users, .statistics] {
                try await deployment.waitUntilCurrent(worker, head: Int64(sent), within: .seconds(120))
            }
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    @Test func `an idle writer notices`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await eventually("it is connected") {
                try await deployment.get(.writer, "/health/ready").text.contains("\"connected, backlog 0")
            }
            try await TestBroker.run("kill")
            try await eventually("it says so", within: .seconds(5)) {
                try await deployment.get(.writer, "/health/ready").text.contains("no broker, backlog 0")
            }
            _ = try await deployment.post("/v1/user/a/create", #"{"email":"a@example.com","name":"A"}"#)
            try await eventually("it counts what waits", within: .seconds(5)) {
                try await deployment.get(.writer, "/health/ready").text.contains("no broker, backlog 1")
            }
            try await TestBroker.run("start")
        }
    }

    /// Resident bytes of the writer.
    private func memory(of deployment: Deployment) throws -> Int {
        let id = deployment.process(.writer)?.id ?? 0
        let statm = try String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8)
        return (Int(statm.split(separator: " ")[1]) ?? 0) * 4096
    }
}

private final class Load: Sendable {
    private let state = Mutex((sent: 0, failed: 0, isOver: false))

    /// The number of the next command; `nil` when it is enough.
    func next() -> Int? {
        state.withLock { state in
            guard !state.isOver else { return nil }
            state.sent += 1
            return state.sent
        }
    }

    func failed() { state.withLock { $0.failed += 1 } }
    func stop() { state.withLock { $0.isOver = true } }
    var result: (sent: Int, failed: Int) { state.withLock { ($0.sent, $0.failed) } }
}
