import Daybook
import DaybookClient
import DaybookService
import Foundation

extension DaemonEndpoint {
    /// Reads `NAME=URL`, or a URL alone, which is then named after its host.
    ///
    /// - Throws: `DaybookClientError` if there is no URL of a daemon in it.
    init(worker text: String, token: String?) throws(DaybookClientError) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let isNamed = parts.count == 2 && !parts[0].contains("://")
        try self.init(name: isNamed ? parts[0] : nil, url: isNamed ? parts[1] : text, token: token)
    }
}

/// The daemons that the tool talks to.
struct Daemons: Sendable, Equatable {
    let writer: DaemonEndpoint
    let workers: [DaemonEndpoint]

    static let settings = [
        Setting("writer.url", .url, default: "http://127.0.0.1:8080", purpose: "where the writer listens"),
        Setting("writer.token-file", default: "", purpose: "file with the bearer token for the writer"),
        Setting(
            "workers", default: "users=http://127.0.0.1:8081,user-statistics=http://127.0.0.1:8082",
            purpose: "where the workers listen: name=url, separated by commas"),
        Setting("worker.token-file", default: "", purpose: "file with the bearer token for the workers"),
    ]

    // The daemons have variables of their own with the same prefix; here those would be unknown settings.
    private static let variables: Set = [
        "DAYBOOK_CONFIG", "DAYBOOK_WRITER_URL", "DAYBOOK_WRITER_TOKEN_FILE", "DAYBOOK_WORKERS",
        "DAYBOOK_WORKER_TOKEN_FILE",
    ]

    /// The daemons given by settings, where nothing else is given here.
    ///
    /// - Throws: `ConfigurationError` if a setting cannot be used.
    init(config: String?, writer: String?, workers: [String], environment: [String: String]) throws {
        let settings = try Settings.load(
            Self.settings, arguments: config.map { ["--config=\($0)"] } ?? [],
            environment: environment.filter { Self.variables.contains($0.key) }, program: Tool.name)
        let writerToken = try settings.token(inFileNamedBy: "writer.token-file")
        let workerToken = try settings.token(inFileNamedBy: "worker.token-file")

        let listed = try settings.string("workers").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        let writerURL = try writer ?? settings.string("writer.url")
        self.writer = try Self.of(writer == nil ? "writer.url" : "--writer") {
            try DaemonEndpoint(name: "writer", url: writerURL, token: writerToken)
        }
        self.workers = try Self.of(workers.isEmpty ? "workers" : "--worker") {
            try (workers.isEmpty ? listed : workers).map { try DaemonEndpoint(worker: $0, token: workerToken) }
        }
    }

    /// Names the setting of an endpoint that cannot be used.
    private static func of<Value>(_ setting: String, _ make: () throws -> Value) throws -> Value {
        do {
            return try make()
        } catch DaybookClientError.invalidEndpoint(let reason) {
            throw ConfigurationError("\(setting): \(reason)")
        }
    }
}
