import ArgumentParser
import DaybookAPI
import Testing

@testable import DaybookCLI

/// Without a broker: each command is run against a daemon that serves the examples of the HTTP interface.
@Suite(.timeLimit(.minutes(1))) struct `Every command of the tool` {
    /// The exit codes that the help of the tool and the article on it promise for the statuses of problems.
    private let statuses: [Int: Int32] = [
        400: 65, 401: 77, 403: 77, 404: 66, 405: 1, 409: 75, 410: 65, 412: 75, 413: 1, 415: 1, 422: 65, 500: 1, 503: 69,
    ]

    /// A call that fails, and what tells of it.
    private struct Failure {
        let call: ToolCall
        let status: Int32
        let complaint: String
    }

    /// The outcomes of calls, which are made in a process of their own.
    private func outcomes(of calls: [ToolCall], in folder: ToolFolder) async throws -> [ToolCall.Outcome] {
        let place = folder.path
        try ToolProcess.prepare(calls, in: place)
        await #expect(processExitsWith: .success) { [place = place as String] in
            try await ToolProcess.run(in: place)
        }
        let outcomes = try ToolProcess.outcomes(in: place)
        try #require(outcomes.count == calls.count)
        return outcomes
    }

    @Test func `stands in the table`() async throws {
        try await ToolFolder.with { folder in
            let called = try ToolRows.all(in: folder).map { row -> String in
                let command = try DaybookCommand.parseAsRoot(row.arguments)
                return "\(type(of: command))"
            }
            let leaves = ToolCommands.leafNames()
            #expect(leaves.count > 30)
            #expect(Set(leaves).subtracting(called) == [])
        }
    }

    @Test(arguments: [false, true])
    func `asks for what it needs, and prints what it is given`(isJSON: Bool) async throws {
        try await ToolFolder.with { folder in
            let rows = try ToolRows.all(in: folder)
            let calls = rows.map { row in
                ToolCall(arguments: row.arguments + (isJSON ? ["--json"] : []), answers: row.answers)
            }
            for (row, outcome) in zip(rows, try await outcomes(of: calls, in: folder)) {
                let expected = (isJSON ? row.json : row.text) + row.complaint
                let isExpected =
                    isJSON ? outcome.output.fits(expected) : outcome.output.squeezed.fits(expected.squeezed)
                #expect(isExpected, "\(row.arguments) has printed:\n\(outcome.output)and not:\n\(expected)")
                #expect(outcome.status == row.status, "\(row.arguments)")
                #expect(outcome.requests == row.requests, "\(row.arguments)")
            }
        }
    }

    @Test func `ends with the code of what went wrong`() async throws {
        try await ToolFolder.with { folder in
            let failures = try refusals(in: folder) + absences(in: folder) + missingFiles(in: folder)
            let outcomes = try await outcomes(of: failures.map(\.call), in: folder)
            for (failure, outcome) in zip(failures, outcomes) {
                #expect(outcome.status == failure.status, "\(failure.call) has printed:\n\(outcome.output)")
                #expect(outcome.output.contains(failure.complaint), "\(failure.call)")
            }
        }
    }

    /// Each command with a refusal of what it asks for, so that all statuses come up.
    private func refusals(in folder: ToolFolder) throws -> [Failure] {
        let rows = try ToolRows.examples(in: folder)
        let problems = ProblemStatus.allCases.map(\.rawValue)
        #expect(rows.count > problems.count)
        return try rows.enumerated().map { index, row in
            let refusal = problems[index % problems.count]
            let call = ToolCall(
                arguments: row.arguments, answers: row.answers, refused: row.decisiveRequest, refusal: refusal)
            let status = try #require(statuses[refusal])
            return Failure(call: call, status: status, complaint: "daybook: it is refused (such-a-code)\n")
        }
    }

    /// Each command with daemons that are not there, and with daemons that cannot be.
    private func absences(in folder: ToolFolder) throws -> [Failure] {
        try ToolRows.examples(in: folder).flatMap { row in
            [
                Failure(
                    call: ToolCall(arguments: row.arguments, url: "http://127.0.0.1:1"), status: 69,
                    complaint: "at http://127.0.0.1:1 cannot be reached: Connection refused (unreachable)\n"),
                Failure(
                    call: ToolCall(arguments: row.arguments, url: "nowhere"), status: 78,
                    complaint: "daybook: --writer: nowhere: expected a URL"),
            ]
        }
    }

    /// Each command that reads a file, without it.
    private func missingFiles(in folder: ToolFolder) throws -> [Failure] {
        let failures = try ToolRows.all(in: folder).compactMap { row -> Failure? in
            guard let input = row.input else { return nil }
            let arguments = row.arguments.map { $0 == input ? "\(input)-gone" : $0 }
            return Failure(call: ToolCall(arguments: arguments), status: 66, complaint: "\(input)-gone")
        }
        #expect(failures.count > 8)
        return failures
    }

    @Test func `is not begun when it cannot be understood`() async throws {
        try await ToolFolder.with { folder in
            for row in try ToolRows.all(in: folder) {
                for mistake in [["--no-such-option"], ["--config"]] {
                    let error = #expect(throws: (any Error).self) {
                        try DaybookCommand.parseAsRoot(row.arguments + mistake)
                    }
                    let code = error.map { DaybookCommand.exitCode(for: $0).rawValue }
                    #expect(code == 64, "\(row.arguments + mistake)")
                }
            }
        }
    }
}
