import Foundation
import GRDB

/// Under which conditions the figures came to be.
enum Conditions {
    static func text(_ bench: Bench, notes: [String]) -> String {
        let lines = [
            "\(processor()), \(ProcessInfo.processInfo.activeProcessorCount) cores, kernel \(kernel()), "
                + "\(fileSystem(of: bench.folder.path))",
            (["SQLite \(sqlite())"] + notes).joined(separator: ", "),
            ISO8601DateFormatter().string(from: Date()) + (bench.isQuick ? ", a quick run: sizes about a tenth" : ""),
            "synchronous=FULL, hash chain, triggers, mandatory, confirms, checkpoints: all on",
        ]
        return lines.joined(separator: "\n")
    }

    private static func processor() -> String {
        let line = content("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
        return name ?? "unknown processor"
    }

    private static func kernel() -> String {
        content("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The type of the mount that holds a folder.
    private static func fileSystem(of folder: String) -> String {
        let mounts = content("/proc/self/mounts").split(separator: "\n").map { $0.split(separator: " ") }
        let holding = mounts.filter { mount in
            guard mount.count > 2 else { return false }
            return mount[1] == "/" || folder == mount[1] || folder.hasPrefix("\(mount[1])/")
        }
        return holding.max { $0[1].count < $1[1].count }.map { String($0[2]) } ?? "unknown file system"
    }

    private static func sqlite() -> String {
        let version = try? DatabaseQueue().inDatabase { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
        return version ?? "of unknown version"
    }

    private static func content(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
