import Foundation
import GRDB

/// A store's file while nobody has it open.
enum FilledStore {
    /// Waits until the store is closed, and brings everything from the write-ahead log into the file.
    static func settle(_ path: String) async throws {
        try await eventually("\(path) is closed", within: .seconds(30), every: .milliseconds(20)) {
            try isFree(path) && isWhole(path)
        }
    }

    private static func isFree(_ path: String) throws -> Bool {
        let descriptor = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchError("cannot open \(path).lock: error \(errno)") }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    private static func isWhole(_ path: String) throws -> Bool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        let busy = try database.inDatabase { try Int.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try database.close()
        return busy == 0
    }

    /// Copies a settled file.
    static func copy(_ path: String, to copy: String) throws {
        try FileManager.default.copyItem(atPath: path, toPath: copy)
    }
}
