import Daybook
import DaybookAPI
import DaybookClient
import HTTPTypes
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The health of a daemon` {
    private func response(
        _ text: String, _ status: HTTPResponse.Status, type: APIMediaType = .json
    ) -> Response {
        .text(text, status: status, headers: [.contentType: "\(type.rawValue); charset=utf-8"])
    }

    @Test func `is told while the process runs`() async throws {
        let answer: StubAnswer = { _ in try .document(LivenessResponse.example) }
        try await StubDaemon.run(answering: answer) { daemon in
            let health = HealthClient(at: daemon.endpoint, over: daemon.session)
            let liveness = try await health.liveness().document
            #expect(liveness == .example)
            #expect(daemon.requests.map(\.target) == ["/health/live"])
        }
    }

    @Test func `is told when something is missing too`() async throws {
        let missing = ReadinessResponse(checks: ["broker": ReadinessCheck(ready: false, detail: "no broker")])
        let text = try json(missing)
        let answer: StubAnswer = { _ in response(text, .serviceUnavailable) }
        try await StubDaemon.run(answering: answer) { daemon in
            let health = HealthClient(at: daemon.endpoint, over: daemon.session)
            let found = try await health.readiness()
            #expect(found.document == missing && found.text == text)
        }
    }

    @Test func `is unknown where the daemon refuses to say`() async throws {
        let problem = ProblemDocument(status: 503, code: "shutting-down", title: "Service Unavailable")
        let text = try json(problem)
        let answer: StubAnswer = { _ in response(text, .serviceUnavailable, type: .problem) }
        try await StubDaemon.run(answering: answer) { daemon in
            let health = HealthClient(at: daemon.endpoint, over: daemon.session)
            let error = await #expect(throws: DaybookClientError.self) { try await health.readiness() }
            #expect(error?.knownCode == .shuttingDown)
        }
    }

    @Test func `has metrics beside it`() async throws {
        let answer: StubAnswer = { _ in response("up 1\n", .ok, type: .text) }
        try await StubDaemon.run(answering: answer) { daemon in
            let health = HealthClient(at: daemon.endpoint, over: daemon.session)
            let metrics = try await health.metrics()
            #expect(metrics == "up 1\n")
            #expect(daemon.requests.map(\.target) == ["/metrics"])
            #expect(daemon.requests.first?.headers["accept"] == "text/plain")
        }
    }
}
