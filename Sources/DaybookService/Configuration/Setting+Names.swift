import Daybook

extension Setting {
    /// The flag that gives it: `--http-port` for `http.port`.
    var flag: String {
        "--" + key.map { $0 == "." ? "-" : String($0) }.joined()
    }

    /// The environment variable that gives it: `DAYBOOK_HTTP_PORT` for `http.port`.
    var environmentName: String {
        "DAYBOOK_" + key.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }

    /// `true` when a message may repeat the value.
    var isShown: Bool {
        !isSecret && kind != .url
    }
}
