import DaybookService
import Foundation

extension ChildProcess {
    /// Starts a program that writes to a new log, in the environment of the bench with some variables changed.
    convenience init(_ program: String, _ arguments: [String], environment: [String: String], log: String) throws {
        try? FileManager.default.removeItem(atPath: log)
        do {
            try self.init(
                program, arguments: arguments,
                environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }, output: .file(log))
        } catch {
            throw BenchError("cannot start \(program): \(error)")
        }
    }

    /// Asks it to stop and waits until it has; a program that does not is killed.
    func stop() async {
        send(SIGTERM)
        await wait(within: .seconds(20))
    }

    /// The memory that it has now.
    func residentMebibytes() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Double($0) })
        else { throw BenchError("process \(id) has no memory") }
        return kilobytes / 1024
    }
}
