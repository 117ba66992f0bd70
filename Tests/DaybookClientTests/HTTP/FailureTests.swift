import Daybook
import DaybookAPI
import DaybookClient
import HTTPTypes
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A call that fails` {
    /// The error of a call to a daemon that gives this answer.
    private func error(
        answering answer: @escaping StubAnswer,
        _ call: @escaping @Sendable (StubDaemon) async throws -> Void = { _ = try await $0.writer.quarantine() }
    ) async throws -> DaybookClientError? {
        try await StubDaemon.run(answering: answer) { daemon in
            await #expect(throws: DaybookClientError.self) { try await call(daemon) }
        }
    }

    @Test func `has the problem that the daemon tells, with its code and its members`() async throws {
        let problem = ProblemDocument(
            status: 412, code: "version-mismatch", title: "Precondition Failed", detail: "it is at version 4",
            members: ["version": 4])
        let error = try await error(answering: { _ in try .problem(problem) })
        #expect(error == .problem(problem, retryAfter: nil))
        #expect(error?.status == 412 && error?.code == "version-mismatch" && error?.knownCode == .versionMismatch)
        #expect(error?.description == "it is at version 4 (version-mismatch)")
    }

    @Test func `has no known code where a domain refuses with a like one`() async throws {
        let problem = ProblemDocument(status: 422, code: "not-found", title: "Unprocessable Content")
        let error = try await error(answering: { _ in try .problem(problem) })
        #expect(error?.code == "not-found" && error?.knownCode == nil)
    }

    @Test func `has the time after which the daemon may be asked again`() async throws {
        let problem = ProblemDocument(status: 503, code: "not-yet", title: "Service Unavailable")
        let error = try await error(answering: { _ in try .problem(problem, headers: [.retryAfter: "2"]) })
        #expect(error == .problem(problem, retryAfter: .seconds(2)))
    }

    @Test func `has that time where a proxy says it as a date`() async throws {
        let problem = ProblemDocument(status: 503, code: "not-yet", title: "Service Unavailable")
        let past: HTTPFields = [.retryAfter: "Sun, 06 Nov 1994 08:49:37 GMT"]
        let error = try await error(answering: { _ in try .problem(problem, headers: past) })
        #expect(error == .problem(problem, retryAfter: .zero))
    }

    @Test(
        arguments: [
            ("<html>", "stub answered with status 502 (HTTP 502)"),
            (#"{"title":"Bad Gateway"}"#, "Bad Gateway (HTTP 502)"),
            (#"{"detail":"nobody is there","code":"gone"}"#, "nobody is there (gone)"),
        ] as [(String, String)])
    func `has what a proxy says that knows no problem documents`(body: String, description: String) async throws {
        let error = try await error(answering: { _ in .text(body, status: .badGateway) })
        // The name of a daemon comes with its URL.
        let text = error?.description.replacing(#/ at http://127\.0\.0\.1:\d+/#, with: "")
        #expect(text == description && error?.status == 502)
    }

    @Test(arguments: ["", "[]", #"{"quarantined":3}"#, "<html>"])
    func `has the beginning of a response that is none of the interface`(body: String) async throws {
        let error = try await error(answering: { _ in .text(body) })
        guard case .unexpectedResponse(let daemon, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(daemon.hasPrefix("stub at http://"))
        #expect(reason == "expected JSON for QuarantineResponse, found \"\(body)\"")
    }

    @Test func `is told from one that broke off`() async throws {
        let error = try await error(answering: { _ in .brokenOff(after: #"{"quarantined":["#) })
        guard case .unreachable? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `is told where nobody listens`() async throws {
        let endpoint = try DaemonEndpoint(name: "gone", url: "http://127.0.0.1:1")
        try await DaemonSession.run { session in
            let writer = WriterClient(at: endpoint, over: session)
            let error = await #expect(throws: DaybookClientError.self) { _ = try await writer.quarantine() }
            #expect(
                error?.description == "gone at http://127.0.0.1:1 cannot be reached: Connection refused (unreachable)")
        }
    }

    @Test func `follows no redirect, which would take the token elsewhere`() async throws {
        let redirect: StubAnswer = { _ in
            .text("", status: .temporaryRedirect, headers: [.location: "/v1/elsewhere"])
        }
        let error = try await error(answering: redirect)
        #expect(error?.status == 307)
    }
}
