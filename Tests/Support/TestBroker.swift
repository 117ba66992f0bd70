public import Foundation
public import RabbitMQ

/// The real broker that `deploy/test` started: its folder is in the environment variable `DAYBOOK_TEST_BROKER`.
public enum TestBroker {
    /// Tests that need a broker are run only where one was started for them.
    public static var isRunning: Bool { folder != nil }

    static var folder: URL? {
        ProcessInfo.processInfo.environment["DAYBOOK_TEST_BROKER"].map { URL(filePath: $0) }
    }

    public static func requireFolder() throws -> URL {
        guard let folder else { throw SupportError("DAYBOOK_TEST_BROKER is not set: run deploy/test") }
        return folder
    }

    public static func port(_ name: String) throws -> Int {
        let text = try String(contentsOf: requireFolder().appending(path: "ports"), encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name)=") }
        guard let port = line.flatMap({ Int($0.dropFirst(name.count + 1)) }) else {
            throw SupportError("no port \(name)")
        }
        return port
    }

    public static func options() throws -> ConnectionOptions { ConnectionOptions(port: try port("amqp")) }

    public static func url() throws -> String { "amqp://guest:guest@127.0.0.1:\(try port("amqp"))/" }

    /// Runs `deploy/broker COMMAND` on the test's node.
    @discardableResult
    public static func run(_ command: String, _ arguments: String...) async throws -> String {
        try await run(folder: requireFolder(), command, arguments)
    }

    /// Runs `body` while new channels take messages of so many bytes.
    public static func limitingMessages(to bytes: Int, _ body: () async throws -> Void) async throws {
        try await setting("max_message_size", to: bytes, otherwise: 134_217_728, body)
    }

    /// Runs `body` while new connections may open so many channels.
    public static func limitingChannels(to count: Int, _ body: () async throws -> Void) async throws {
        try await setting("channel_max", to: count, otherwise: 2047, body)
    }

    /// Runs `body` while the broker counts as short of memory, and takes nothing that is published.
    public static func withoutMemory(_ body: () async throws -> Void) async throws {
        try await during(body) { begins in
            try await run("ctl", "set_vm_memory_high_watermark", begins ? "0" : "0.4")
        }
    }

    private static func setting(
        _ name: String, to value: Int, otherwise usual: Int, _ body: () async throws -> Void
    ) async throws {
        try await during(body) { begins in
            try await run("ctl", "eval", "application:set_env(rabbit, \(name), \(begins ? value : usual)).")
        }
    }

    /// Makes a change, runs `body`, and takes the change back however that ends: other tests use the broker too.
    private static func during(
        _ body: () async throws -> Void, change: (_ begins: Bool) async throws -> Void
    ) async throws {
        try await change(true)
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try await change(false)
        try result.get()
    }

    @discardableResult
    public static func run(folder: URL, _ command: String, _ arguments: [String] = []) async throws -> String {
        try await shell(repository.appending(path: "deploy/broker").path, [command, folder.path] + arguments)
    }
}

/// The checkout that the tests were built from.
public let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

public struct SupportError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
