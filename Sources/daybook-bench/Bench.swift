import DaybookRabbitMQ
import Foundation
import Logging

/// The surroundings of every measurement: a folder on a real disk, a broker, the daemons' programs, the yardsticks.
struct Bench: Sendable {
    let folder: URL
    let brokerURL: String
    let isQuick: Bool
    let logger = Logger(label: "daybook-bench") { label in
        var handler = StreamLogHandler.standardError(label: label)
        handler.logLevel = .error
        return handler
    }
    private let programs: URL
    private let yardsticks: URL?

    /// The number of partitions that every log here has.
    static let partitionCount = 8
    /// The writer's name, in every event.
    static let source = "users-writer"

    init(folder: URL, brokerURL: String, yardsticks: String?, isQuick: Bool) throws {
        self.folder = folder
        self.brokerURL = brokerURL
        self.isQuick = isQuick
        self.yardsticks = yardsticks.map { URL(filePath: $0) }
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        programs = URL(filePath: executable).deletingLastPathComponent()
    }

    /// A size, or a tenth of it in a quick run.
    func sized(_ full: Int) -> Int { isQuick ? full / 10 : full }

    /// A file or folder of this run.
    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// A daemon's program, beside this one.
    func program(_ name: String) -> String { programs.appending(path: name).path }

    /// A yardstick's program; `nil` when it was not compiled.
    func yardstick(_ name: String) -> String? {
        guard let path = yardsticks?.appending(path: name).path, FileManager.default.isExecutableFile(atPath: path)
        else { return nil }
        return path
    }

    var brokerPort: Int { URLComponents(string: brokerURL)?.port ?? 5672 }

    func broker() throws -> Broker { try Broker(url: brokerURL, name: "daybook-bench", logger: logger) }

    /// Removes a SQLite file with all that lies beside it.
    func remove(_ name: String) {
        for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path(name + suffix)) }
    }
}
