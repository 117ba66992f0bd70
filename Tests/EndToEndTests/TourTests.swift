import Foundation
import TestSupport
import Testing

/// The commands of the article `Tour`, one after the other in one shell, as somebody would paste them.
@Suite(.enabled(if: TestBroker.isRunning)) struct `The tour` {
    /// The lines of its pieces of shell.
    private func lines() throws -> [String] {
        let path = "Sources/Daybook/Daybook.docc/Tour.md"
        let tour = try String(contentsOf: repository.appending(path: path), encoding: .utf8)
        return tour.matches(of: #/(?s)```sh\n(.*?)\n```/#).flatMap {
            $0.output.1.split(separator: "\n").map(String.init)
        }
    }

    /// A line with what the demo would have printed put in.
    private func filled(_ line: String, _ deployment: Deployment) -> String {
        let programs = URL(filePath: Deployment.program("daybook")).deletingLastPathComponent().path
        func url(_ daemon: Deployment.Daemon) -> String { "http://127.0.0.1:\(deployment.ports[daemon] ?? 0)" }
        return [
            ("WRITER=http://127.0.0.1:…", "WRITER=\(url(.writer))"),
            ("USERS=http://127.0.0.1:…", "USERS=\(url(.users))"),
            ("STATISTICS=http://127.0.0.1:…", "STATISTICS=\(url(.statistics))"),
            ("$(swift build --show-bin-path)", programs), ("…/users-keys.sqlite", "keys.sqlite"),
            ("…/users.sqlite", deployment.storePath), ("…/outbox", "outbox"),
            ("…/users", deployment.readModelPath(.users)),
        ].reduce(line) { $0.replacing($1.0, with: $1.1) }
    }

    /// The exit status of a line that is meant to fail.
    private func expected(_ line: String) -> Int {
        if line.contains("--id eve") { return 65 }
        return line.contains("--max-time") ? 28 : 0
    }

    @Test(.timeLimit(.minutes(3))) func `goes as it says, line by line`() async throws {
        try await Deployment.with { deployment in
            func path(_ name: String) -> String { deployment.folder.appending(path: name).path }
            try await deployment.start(.writer, settings: ["DAYBOOK_KEYS_PATH": path("keys.sqlite")])
            try await deployment.start(
                .users, settings: ["DAYBOOK_OUTBOX_PATH": path("outbox"), "DAYBOOK_REACTIONS_PATH": path("reactions")])
            try await deployment.start(.statistics)
            try await deployment.waitUntilCurrent(.users, head: 0)
            try await deployment.waitUntilCurrent(.statistics, head: 0)
            // The demo's own four events.
            for (command, body) in [
                ("create", #"{"email":"ada@example.com","name":"Ada Lovelace"}"#),
                ("change-email", #"{"newEmail":"ada@example.org"}"#),
                ("deactivate", #"{"reason":"left the company"}"#), ("reactivate", #"{"reason":"came back"}"#),
            ] { #expect(try await deployment.post("/v1/user/ada/\(command)", body).status == 200) }

            let lines = try lines()
            #expect(lines.count > 40)
            let script = lines.enumerated().map { "\(filled($1, deployment))\necho \"\n--- $? \($0)\"" }
            try Data("cd '\(deployment.folder.path)'\n\(script.joined(separator: "\n"))\n".utf8)
                .write(to: URL(filePath: path("tour")))
            let output = try await shell("bash", [path("tour")])
            let statuses = output.matches(of: #/\n--- (\d+) (\d+)\n/#)
            #expect(statuses.count == lines.count)
            for match in statuses {
                let line = lines[try #require(Int(match.output.2))]
                #expect(match.output.1 == "\(expected(line))", "\(line)")
            }
            for text in [
                "version-mismatch", "exit status 75", "idempotency-key-reused", "already-active", "email-taken",
                "Hello Grace Hopper", "the same rows", "whole, head", "everything fits",
                "events that nobody can read any more",
            ] { #expect(output.contains(text), "\(text)") }
            #expect(!output.contains("no-such-route") && !output.contains("command not found"))
        }
    }
}
