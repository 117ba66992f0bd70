import Daybook

/// What the command line asks for: values, the configuration file, help, the version.
struct CommandLineFlags: Sendable, Equatable {
    private(set) var layer = SettingLayer()
    private(set) var configPath: String?
    private(set) var wantsHelp = false
    private(set) var wantsVersion = false

    /// Reads the arguments, without the program's own name. Never fails: complaints go into the layer.
    init(_ arguments: [String], _ catalogue: SettingCatalogue) {
        let known = Dictionary(catalogue.settings.map { ($0.flag, $0) }) { first, _ in first }
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init) ?? ""
            var value = parts.count == 2 ? String(parts[1]) : nil

            guard name.hasPrefix("--") || name == "-h" else {
                // Someone may have left out the flag of a URL with a password, or the dashes before key=secret.
                let shown = name.contains("://") ? "" : " \"\(name)\""
                layer.problems.append("unexpected argument\(shown): settings are given as --name value")
                continue
            }
            if name == "--help" || name == "-h" {
                wantsHelp = true
                continue
            }
            if name == "--version" {
                wantsVersion = true
                continue
            }
            let setting = known[name]
            if value == nil, let next = rest.first, setting.takes(next) {
                value = next
                rest.removeFirst()
            }
            if name == "--config" {
                takeConfigPath(value)
            } else if let setting {
                take(value, for: setting)
            } else {
                let hint = catalogue.hint(for: name, among: known.keys.sorted() + ["--config", "--help", "--version"])
                layer.problems.append("unknown flag \(name)\(hint)")
            }
        }
    }

    private mutating func takeConfigPath(_ value: String?) {
        if let value, !value.isEmpty {
            configPath = value
        } else {
            layer.problems.append("flag --config needs the path of a file")
        }
    }

    private mutating func take(_ value: String?, for setting: Setting) {
        let origin = SettingOrigin.flag(setting.flag)
        if layer.given.contains(where: { $0.key == setting.key }) {
            layer.problems.append("\(setting.key) from \(origin): given more than once")
        } else if let value = value ?? (setting.kind == .boolean ? "true" : nil) {
            layer.given.append(GivenValue(key: setting.key, text: value, origin: origin))
        } else {
            layer.problems.append("\(setting.key) from \(origin): no value, expected \(setting.kind.expectation)")
        }
    }
}

extension Setting? {
    /// `true` when the argument after this flag is its value. A boolean flag may stand alone; an unknown flag takes its
    /// value along, so that one mistyped name is one complaint.
    fileprivate func takes(_ next: String) -> Bool {
        if self?.kind == .boolean { return Bool(next) != nil }
        return !next.hasPrefix("--")
    }
}
