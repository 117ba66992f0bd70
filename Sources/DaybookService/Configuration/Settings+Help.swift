public import Daybook

extension Settings {
    /// The help text: how settings are given, then each with its default and purpose.
    public static func help(program: String, declared: [Setting]) -> String {
        let introduction = """
            Usage: \(program) [--config FILE] [--SETTING VALUE ...]

            A setting is taken from its flag, else from its environment variable, else from the YAML file that
            --config or DAYBOOK_CONFIG names, else its default holds. The key http.port is the flag --http-port,
            the variable DAYBOOK_HTTP_PORT, and port under http in the file. --version prints the version.

            """
        let entries = declared.map { "\n  \(names($0))\n      \($0.purpose)\n      \(values($0))\n" }
        return introduction + entries.joined()
    }

    private static func names(_ setting: Setting) -> String {
        setting.isSecret ? setting.environmentName : "\(setting.flag)  (\(setting.environmentName))"
    }

    private static func values(_ setting: Setting) -> String {
        if setting.isSecret { return "a secret: environment only; not set by default" }
        return switch setting.defaultValue {
        case nil: "\(setting.kind.expectation); required"
        case "": "\(setting.kind.expectation); not set by default"
        case let value?: "\(setting.kind.expectation); default \(value)"
        }
    }
}
