public import Daybook

extension Settings {
    /// The settings every daemon has.
    ///
    /// - Parameter httpPort: the TCP port it listens on unless told otherwise.
    public static func common(httpPort: Int) -> [Setting] {
        http(port: httpPort) + logging + broker + [
            Setting(
                "shutdown.timeout", .duration, default: "8s",
                purpose: "how long work under way may take to finish after a signal to stop")
        ]
    }

    /// The broker's URL: the content of the file `broker.url-file` names, else `broker.url`.
    ///
    /// It may hold a password: do not log it.
    ///
    /// - Throws: `ConfigurationError` if the keys are not declared, or the file cannot be read.
    public func brokerURL() throws -> String {
        try content(ofFileNamedBy: "broker.url-file") ?? string("broker.url")
    }

    /// Opens the broker that the settings name.
    ///
    /// - Parameter open: Is given the URL, the password if there is one, and whether exchanges and queues are to be
    ///   declared and not only checked. It throws when the URL cannot be used.
    /// - Throws: `ConfigurationError`.
    public func broker<Broker>(
        _ open: (_ url: String, _ password: String?, _ isDeclaring: Bool) throws -> Broker
    ) throws -> Broker {
        let (url, password) = (try brokerURL(), try secret("broker.password"))
        let isDeclaring = try string("broker.topology") == "declare"
        let key = try optionalString("broker.url-file") == nil ? "broker.url" : "broker.url-file"
        do { return try open(url, password, isDeclaring) } catch { throw ConfigurationError("\(key): \(error)") }
    }

    private static func http(port: Int) -> [Setting] {
        [
            Setting("http.host", default: "127.0.0.1", purpose: "address the HTTP server listens on"),
            Setting(
                "http.port", .integer(0...65535), default: String(port),
                purpose: "port the HTTP server listens on; 0 takes a free one"),
            Setting(
                "http.token-file", default: "",
                purpose: "file with the bearer token that requests must carry; required unless http.host is loopback"),
        ]
    }

    private static var logging: [Setting] {
        let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        return [
            Setting("log.level", .oneOf(levels), default: "info", purpose: "least severe level that is logged"),
            Setting(
                "log.format", .oneOf(["text", "json"]), default: "text",
                purpose: "how a log record is written to standard error"),
        ]
    }

    private static var broker: [Setting] {
        [
            Setting(
                "broker.url", .url, default: "amqp://127.0.0.1:5672/",
                purpose: "where the broker is; with a password inside only from the environment"),
            Setting(
                "broker.url-file", default: "",
                purpose: "file with the broker's whole URL, password and all; wins over broker.url"),
            Setting("broker.password", default: "", isSecret: true, purpose: "password of the broker's user"),
            Setting("broker.password-file", default: "", purpose: "file with the password of the broker's user"),
            Setting(
                "broker.topology", .oneOf(["declare", "check"]), default: "declare",
                purpose: "declare exchanges and queues, or only check those that deployment declared"),
        ]
    }
}
