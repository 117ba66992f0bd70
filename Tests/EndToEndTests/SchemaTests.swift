import Daybook
import Foundation
import TestSupport
import Testing

/// The interpreter of the tests' own virtual environment, which `deploy/test` makes.
private let python = ProcessInfo.processInfo.environment["DAYBOOK_TEST_PYTHON"]

@Suite(.enabled(if: TestBroker.isRunning)) struct `The schemas of events` {
    private let committed = repository.appending(path: "config/schemas")

    private func schema(_ arguments: String..., expecting status: Int32 = 0) async throws -> String {
        try await shell(Deployment.program("daybook"), ["schema"] + arguments, expecting: status)
    }

    /// Runs a check against the committed catalogue after a change to it.
    private func check(
        _ change: (inout Catalogue) -> Void, expecting status: Int32 = 0
    ) async throws -> String {
        try await withTemporaryFolder { folder in
            let document = try Data(contentsOf: committed.appending(path: "user.json"))
            var catalogue = try Catalogue(json: document.withUnsafeBytes { try JSONData($0) })
            change(&catalogue)
            try Data(catalogue.text.utf8).write(to: folder.appending(path: "user.json"))
            return try await schema("check", "--against", folder.path, expecting: status)
        }
    }

    @Test func `are those that were committed`() async throws {
        #expect(try await schema("check", "--against", committed.path).hasPrefix("the code says what"))
        try await withTemporaryFolder { folder in
            #expect(try await schema("accept", "--against", folder.path).hasSuffix("user.json\n"))
            let accepted = try String(contentsOf: folder.appending(path: "user.json"), encoding: .utf8)
            #expect(try accepted == String(contentsOf: committed.appending(path: "user.json"), encoding: .utf8))
        }
    }

    @Test func `are refused when a field that was committed is gone, and pass when something was added`() async throws {
        let removed = try await check(
            { $0.events[0].form.fields["nickname"] = $0.events[0].form.fields["name"] }, expecting: 76)
        #expect(removed.contains("breaking  user: event created: the field nickname was removed"))
        let retyped = try await check(
            { $0.published[0].form.fields["email"]?.kind = .integer }, expecting: 76)
        #expect(retyped.contains("published event user.created: the field email was of type integer, is string"))
        let added = try await check { $0.events.removeAll { $0.type == "reactivated" } }
        #expect(added.contains("compatible  user: event reactivated: it is new"))
        let gone = try await check({ $0.category = "customer" }, expecting: 76)
        #expect(gone.contains("breaking  customer: category: nothing in the code is of it"))
        #expect(try await schema("check", "--against", "nowhere", expecting: 66).contains("daybook schema accept"))
    }

    @Test func `are listed and shown`() async throws {
        let list = try await schema("list")
        #expect(list.contains("CATEGORY") && list.contains("user.email-changed"))
        let shown = try await schema("show", "created")
        #expect(shown.contains("created, domain event of user, schema version 2") && shown.contains("users-team"))
        #expect(shown.contains("contactEmail") && shown.contains("user.created, integration event of user"))
        #expect(try await schema("show", "user.reactivated", "--json").split(separator: "\n").count == 2)
        _ = try await schema("show", "user.nothing", expecting: 66)
    }

    @Test(.enabled(if: python != nil)) func `are documented validly`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await schema("docs", "--output", folder.path)
            let output = try await run("validate.py", folder.path)
            #expect(output.hasPrefix("10 schemas, 5 channels,"))
        }
    }

    @Test(.enabled(if: python != nil), .timeLimit(.minutes(3)))
    func `and routes are documented as the daemons answer`() async throws {
        try await Deployment.with { deployment in
            for daemon in Deployment.Daemon.allCases { try await deployment.start(daemon) }
            let body = #"{"email":"ada@example.com","name":"Ada"}"#
            #expect(try await deployment.post("/v1/user/ada/create", body).status == 200)
            try await deployment.waitUntilCurrent(.users, head: 1)
            try await deployment.waitUntilCurrent(.statistics, head: 1)
            let documents = deployment.folder.appending(path: "docs").path
            _ = try await schema("docs", "--output", documents)
            func url(_ daemon: Deployment.Daemon) -> String { "http://127.0.0.1:\(deployment.ports[daemon] ?? 0)" }
            _ = try await run("answers.py", "\(documents)/openapi.json", url(.writer), url(.users), url(.statistics))
        }
    }

    private func run(_ script: String, _ arguments: String...) async throws -> String {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: script).path
        return try await shell(try #require(python), [path] + arguments)
    }
}
