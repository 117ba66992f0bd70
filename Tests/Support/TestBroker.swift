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

    private static func setting(
        _ name: String, to value: Int, otherwise usual: Int, _ body: () async throws -> Void
    ) async throws {
        func set(_ value: Int) async throws {
            try await run("ctl", "eval", "application:set_env(rabbit, \(name), \(value)).")
        }
        try await set(value)
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try await set(usual)
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
