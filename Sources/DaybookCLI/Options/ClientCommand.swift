import ArgumentParser
import DaybookClient
import DaybookService
import Foundation

/// A command that talks to daemons.
protocol ClientCommand: AsyncParsableCommand {
    var global: GlobalOptions { get }

    /// Does what the command is for.
    func run(_ daemons: Daemons, _ session: DaemonSession) async throws
}

extension ClientCommand {
    /// Does what the command is for, and complains in one line if that fails.
    ///
    /// - Throws: `ExitCode` for the status to leave with, or what `ArgumentParser` itself explains.
    func run() async throws {
        do {
            let daemons = try global.daemons()
            try await DaemonSession.run { try await run(daemons, $0) }
        } catch let error as OutputError {
            try error.end()
        } catch let error as DaybookClientError {
            throw complaint(printable(error.description), error.exitStatus)
        } catch let error as ConfigurationError {
            let problems = error.problems.joined(separator: "\n\(Tool.name): ")
            throw complaint(problems, .configuration)
        } catch let error as ValidationError {
            throw error
        } catch let error as ExitCode {
            throw error
        } catch {
            throw complaint(String(describing: error), .failure)
        }
    }

    private func complaint(_ text: String, _ status: ExitStatus) -> ExitCode {
        Terminal.complain(text)
        return ExitCode(status.rawValue)
    }
}
