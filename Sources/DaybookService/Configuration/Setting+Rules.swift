import Daybook

extension Setting.Kind {
    /// What to write instead, for a message or the help text.
    var expectation: String {
        switch self {
        case .string: "text"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .duration: "a duration such as 500ms, 10s or 2m"
        case .oneOf(let words): "one of \(words.joined(separator: ", "))"
        case .url: "a URL"
        }
    }

    func accepts(_ text: String) -> Bool {
        switch self {
        case .string: true
        case .integer(let range): Int(text).map(range.contains) ?? false
        case .boolean: Bool(text) != nil
        case .duration: Duration(settingText: text) != nil
        case .oneOf(let words): words.contains(text)
        case .url: text.contains("://")
        }
    }
}

extension SettingCatalogue {
    /// The trouble with a value for a declared setting, or `nil` if there is none.
    ///
    /// Every value given is judged, also one that a stronger source hides: it is a mistake all the same.
    func problem(with given: GivenValue) -> String? {
        guard let setting = self[given.key] else { return nil }
        if !given.origin.maySupplySecrets {
            if setting.isSecret {
                return "\(setting.key) from \(given.origin): a secret \(onlyFromElsewhere(setting))"
            }
            if setting.kind == .url, given.text.holdsURLPassword {
                return "\(setting.key) from \(given.origin): a URL with a password \(onlyFromElsewhere(setting))"
            }
        }
        if given.text.isEmpty && setting.defaultValue == "" { return nil }
        guard !setting.kind.accepts(given.text) else { return nil }
        let found = setting.isShown ? "\"\(given.text)\"" : "a value that is not shown"
        return "\(setting.key) from \(given.origin): found \(found), expected \(setting.kind.expectation)"
    }

    private func onlyFromElsewhere(_ setting: Setting) -> String {
        let environment = "may come only from the environment variable \(setting.environmentName)"
        guard let file = self[setting.key + "-file"] else { return environment }
        return environment + " or from a file named by \(file.key)"
    }
}

extension String {
    /// `true` when the user part of a URL, before the last `@`, has a password after a colon.
    fileprivate var holdsURLPassword: Bool {
        guard let scheme = firstRange(of: "://"), let at = lastIndex(of: "@"), scheme.upperBound < at else {
            return false
        }
        return self[scheme.upperBound..<at].contains(":")
    }
}
