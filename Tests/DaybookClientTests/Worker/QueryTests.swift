import Daybook
import DaybookAPI
import DaybookClient
import HTTPTypes
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A query of a projection` {
    private struct Page: Codable, Sendable, Equatable {
        var users: [String]
    }

    @Test func `takes the token of a command's response`() async throws {
        let answer: StubAnswer = { request in
            let token = request.headers["daybook-token"] ?? "none"
            return .text(#"{"users":["\#(token)"]}"#)
        }
        try await StubDaemon.run(answering: answer) { daemon in
            let token = CommandResponse.example.token
            let parameters = ["email": "a+b@example.com", "active": "true"]
            let page = try await daemon.worker.query(
                ["users", "a/b"], parameters: parameters, token: token, as: Page.self)
            #expect(page.document.users == [token ?? ""])
            #expect(daemon.requests.map(\.target) == ["/v1/users/a%2Fb?active=true&email=a%2Bb%40example.com"])
            let raw: Received<EncodedJSON> = try await daemon.worker.query(["users"])
            #expect(raw.text == #"{"users":["none"]}"# && raw.document.bytes == raw.bytes)
        }
    }

    @Test func `tells how many events are missing`() async throws {
        let problem = ProblemDocument(status: 503, code: "not-yet", title: "Service Unavailable", members: ["lag": 3])
        let answer: StubAnswer = { _ in try .problem(problem, headers: [.retryAfter: "1"]) }
        try await StubDaemon.run(answering: answer) { daemon in
            let error = await #expect(throws: DaybookClientError.self) {
                try await daemon.worker.query(["users"], as: Page.self)
            }
            #expect(error == .problem(problem, retryAfter: .seconds(1)) && daemon.requests.count == 1)
        }
    }
}
