import ArgumentParser
import Foundation
import UserViews
import Users

@testable import DaybookCLI

/// A process for calls of the tool alone, as the tool prints to the standard output of its process.
enum ToolProcess {
    private static func callsFile(in folder: String) -> URL { URL(filePath: "\(folder)/calls.json") }
    private static func outcomesFile(in folder: String) -> URL { URL(filePath: "\(folder)/outcomes.json") }

    /// Writes down the calls that ``run(in:)`` is to make.
    static func prepare(_ calls: [ToolCall], in folder: String) throws {
        try JSONEncoder().encode(calls).write(to: callsFile(in: folder))
    }

    /// The outcomes of the calls that were made.
    static func outcomes(in folder: String) throws -> [ToolCall.Outcome] {
        try JSONDecoder().decode([ToolCall.Outcome].self, from: Data(contentsOf: outcomesFile(in: folder)))
    }

    /// Makes the calls one after the other, against a daemon of examples, and writes down what came of them.
    static func run(in folder: String) async throws {
        let calls = try JSONDecoder().decode([ToolCall].self, from: Data(contentsOf: callsFile(in: folder)))
        DaybookCommand.domain = Domain(
            aggregates: [User.self], projections: [UsersProjection(), UserStatisticsProjection()])
        let printed = try PrintedFile(path: "\(folder)/printed")
        let outcomes = try await ServedExamples.run { daemon, url in
            var outcomes: [ToolCall.Outcome] = []
            for call in calls {
                daemon.begin(call)
                let place = call.url ?? url
                let daemons = ["--writer", place, "--worker", "users=\(place)"]
                let status = await status(of: call.arguments + daemons)
                let output = try printed.take()
                outcomes.append(ToolCall.Outcome(output: output, status: status, requests: daemon.requests))
            }
            return outcomes
        }
        try JSONEncoder().encode(outcomes).write(to: outcomesFile(in: folder))
    }

    /// Runs the tool as its `main()` does.
    ///
    /// - Returns: The status that the process would end with.
    private static func status(of arguments: [String]) async -> Int32 {
        do {
            var command = try DaybookCommand.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            let message = DaybookCommand.fullMessage(for: error)
            if !message.isEmpty { Terminal.complain(message) }
            return DaybookCommand.exitCode(for: error).rawValue
        }
    }
}

/// A file that is the standard output and the standard error of this process.
private struct PrintedFile {
    let path: String

    /// - Throws: `POSIXError`.
    init(path: String) throws {
        self.path = path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0, dup2(descriptor, STDOUT_FILENO) >= 0, dup2(descriptor, STDERR_FILENO) >= 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        close(descriptor)
    }

    /// All that was printed since it was last taken, as the program `daybook` would print it.
    func take() throws -> String {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        guard truncate(path, 0) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return text.replacing(Tool.name, with: "daybook")
    }
}
