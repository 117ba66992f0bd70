import ArgumentParser
import Daybook
import DaybookSQLite
import Foundation

/// A command that opens a store's file and talks to no daemon.
protocol StoreCommand: AsyncParsableCommand {
    var global: GlobalOptions { get }
    /// The store's file.
    var store: String { get }

    /// Does what the command is for.
    func work() async throws
}

extension StoreCommand {
    /// Does what the command is for, and complains in one line if that fails.
    ///
    /// - Throws: `ExitCode` for the status to leave with, or what `ArgumentParser` itself explains.
    func run() async throws {
        // A root command of a project's own may have begun elsewhere.
        await Tool.reportEnd()
        do {
            try await work()
        } catch let error as OutputError {
            try error.end()
        } catch let error as ValidationError {
            throw error
        } catch let error as ExitCode {
            throw error
        } catch let damage as StoreDamage {
            if global.json {
                let report: JSONData = [
                    "isWhole": false, "position": .integer(damage.position.rawValue), "reason": .text(damage.reason),
                ]
                // What cannot be printed is told below all the same.
                try? Terminal.print(report.line)
            }
            throw complaint(damage.description, .damaged)
        } catch {
            throw complaint("\(store): \(error)", .failure)
        }
    }

    /// Complains, and gives the status to leave with.
    func complaint(_ text: String, _ status: ExitStatus) -> ExitCode {
        Terminal.complain(printable(text))
        return ExitCode(status.rawValue)
    }

    /// - Throws: `ExitCode` when there is no such file.
    func requireFile(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { throw complaint("there is no \(path)", .notFound) }
    }

    /// Shows how far something is, unless JSON is wanted.
    func showProgress(_ done: Int64, of total: Int64, _ what: String = "") throws {
        if global.json { return }
        let part = bar(Double(done) / Double(max(1, total)))
        let name = what.isEmpty ? "" : "\(what)  "
        try Terminal.overwrite("\(name)\(part)  \(done) of \(total) events", isLast: done == total)
    }
}
