import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning)) struct `While the broker takes nothing` {
    @Test func `the backlog is counted, and every daemon still ends within ten seconds`() async throws {
        try await Deployment.with { deployment in
            for daemon in Deployment.Daemon.allCases { try await deployment.start(daemon) }
            try await eventually("the writer is connected") {
                try await deployment.get(.writer, "/health/ready").text.contains("\"connected")
            }
            try await TestBroker.withoutMemory {
                for index in 0..<400 {
                    let body = #"{"email":"u\#(index)@example.com","name":"A"}"#
                    #expect(try await deployment.post("/v1/user/u\(index)/create", body).status == 200)
                }
                try await eventually("the backlog is counted") {
                    try await deployment.get(.writer, "/health/ready").text.contains("backlog 400")
                }
                for daemon in Deployment.Daemon.allCases {
                    let started = ContinuousClock.now
                    #expect(await deployment.stop(daemon) == 0)
                    #expect(started.duration(to: .now) < .seconds(10))
                }
            }
            for daemon in [Deployment.Daemon.writer, .users] { try await deployment.start(daemon) }
            try await deployment.waitUntilCurrent(.users, head: 400)
        }
    }
}
