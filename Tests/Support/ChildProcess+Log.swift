package import DaybookService
package import Foundation

extension ChildProcess {
    /// Starts a program that writes to a log, in the environment of the tests with some variables changed.
    package convenience init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], log: URL
    ) throws {
        var merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // The tests' own output is by the line, as `deploy/watched` sees to; a program's is as everywhere else.
        merged["_STDBUF_O"] = nil
        try self.init(program, arguments: arguments, environment: merged, output: .file(log.path))
    }

    /// The seconds for which it has kept processors busy so far.
    package func processorSeconds() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
        // The name in parentheses may have spaces in it.
        let fields = text[text.index(after: text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        let ticks = [11, 12].reduce(0) { $0 + (Double(fields[$1]) ?? 0) }
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

/// Runs a program to its end.
///
/// - Returns: All that it has printed.
/// - Throws: `SupportError` when it ends with another status than the expected one.
@discardableResult
package func shell(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], expecting expected: Int32 = 0
) async throws -> String {
    let log = FileManager.default.temporaryDirectory.appending(path: "daybook-test-\(UUID()).log")
    defer { try? FileManager.default.removeItem(at: log) }
    let process = try ChildProcess(program, arguments, environment: environment, log: log)
    let status = await process.wait()
    guard status == expected else {
        let call = ([program] + arguments).joined(separator: " ")
        let end = process.wasOverdue ? "did not end" : "exited with \(status), not \(expected)"
        throw SupportError("\(call) \(end)\n\(process.output)")
    }
    return process.output
}
