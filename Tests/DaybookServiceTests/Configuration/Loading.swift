import Daybook
import DaybookService
import Foundation

/// One setting of each kind, and the ways a secret can come.
let sample = [
    Setting("store.path", default: "events.sqlite", purpose: "the store's file"),
    Setting("http.port", .integer(0...65535), default: "8080", purpose: "the port"),
    Setting("http.verbose", .boolean, default: "false", purpose: "whether to chatter"),
    Setting("relay.pause", .duration, default: "10s", purpose: "how long to wait"),
    Setting("log.level", .oneOf(["debug", "info"]), default: "info", purpose: "the level"),
    Setting("broker.url", .url, default: "amqp://127.0.0.1/", purpose: "where the broker is"),
    Setting("broker.url-file", default: "", purpose: "file with the URL"),
    Setting("broker.password", default: "", isSecret: true, purpose: "the password"),
    Setting("broker.password-file", default: "", purpose: "file with the password"),
]

/// Something that must be given.
let required = Setting("sources", default: nil, purpose: "whose events to post")

/// Settings from arguments, variables and the text of a file, which is named by `DAYBOOK_CONFIG`.
func load(
    _ declared: [Setting] = sample, _ arguments: String..., environment: [String: String] = [:], file: String? = nil
) throws -> Settings {
    var environment = environment
    guard let file else {
        return try Settings.load(declared, arguments: arguments, environment: environment, program: "tester")
    }
    return try withFile(file) { path in
        environment["DAYBOOK_CONFIG"] = path
        return try Settings.load(declared, arguments: arguments, environment: environment, program: "tester")
    }
}

/// Everything that is wrong with these settings; nothing if they can be used.
func problems(_ body: @autoclosure () throws -> Settings) throws -> [String] {
    do {
        _ = try body()
        return []
    } catch let error as ConfigurationError {
        return error.problems
    }
}

/// Runs `body` with the path of a file that holds the text, and removes the file.
func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "daybook-\(UUID()).yaml")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}
