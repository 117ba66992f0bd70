import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import TestSupport
import Testing

/// What systemd would do: hear that a daemon runs, and end it when it is silent.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A watchdog` {
    @Test(.timeLimit(.minutes(2)))
    func `hears from a worker until it is frozen, and another one takes over when it is ended`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            let ports = try freePorts(2)
            let ears = try NotifySocket(deployment.folder.appending(path: "notify").path)
            let first = try await deployment.startAnother(
                .users, port: ports[0], settings: ["NOTIFY_SOCKET": ears.path, "WATCHDOG_USEC": "1000000"])
            defer { first.send(SIGKILL) }
            let heard = Set((0..<4).compactMap { _ in ears.next() })
            #expect(heard == ["READY=1", "WATCHDOG=1"])
            try await eventually("it serves") { try ReadModelFolder(deployment.readModelPath(.users)).serving != nil }
            let second = try await deployment.startAnother(.users, port: ports[1])
            defer { second.send(SIGKILL) }
            first.send(SIGSTOP)
            while ears.next() != nil {}
            first.send(SIGKILL)
            await first.wait()
            let answer = try await deployment.post("/v1/user/a/create", #"{"email":"a@example.com","name":"A"}"#)
            #expect(answer.status == 200)
            let folder = try ReadModelFolder(deployment.readModelPath(.users))
            try await eventually("the other one posts", within: .seconds(5)) {
                try GenerationSummary(folder.serving ?? 0, in: folder)?.progress.posted(of: ["users-writer"]) == 1
            }
            second.send(SIGTERM)
            #expect(await second.wait() == 0)
        }
    }
}
