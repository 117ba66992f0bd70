import Foundation

extension Settings {
    /// The value as text, `nil` when it is empty.
    ///
    /// - Throws: `ConfigurationError` if the key is not declared.
    public func optionalString(_ key: String) throws -> String? {
        let value = try string(key)
        return value.isEmpty ? nil : value
    }

    /// The value of a setting declared as `.integer`.
    ///
    /// - Throws: `ConfigurationError` if the key is not declared, or not as a number.
    public func integer(_ key: String) throws -> Int {
        try converted(key, to: "a whole number") { Int($0) }
    }

    /// The value of a setting declared as `.boolean`.
    ///
    /// - Throws: `ConfigurationError` if the key is not declared, or not as a boolean.
    public func boolean(_ key: String) throws -> Bool {
        try converted(key, to: "a boolean") { Bool($0) }
    }

    /// The value of a setting declared as `.duration`.
    ///
    /// - Throws: `ConfigurationError` if the key is not declared, or not as a duration.
    public func duration(_ key: String) throws -> Duration {
        try converted(key, to: "a duration") { Duration(settingText: $0) }
    }

    /// The value of a secret: from the environment, else the content of the file that `<key>-file` names, without
    /// its last newline. `nil` if neither is given.
    ///
    /// - Throws: `ConfigurationError` if the key is not declared, or the file cannot be read.
    public func secret(_ key: String) throws -> String? {
        if let value = try optionalString(key) { return value }
        guard declares(key + "-file") else { return nil }
        return try content(ofFileNamedBy: key + "-file")
    }

    /// The line in the file the setting names. `nil` if the setting is empty.
    ///
    /// - Throws: `ConfigurationError` if the key is not declared, or the file cannot be read, is empty or has more than
    ///   one line.
    public func content(ofFileNamedBy key: String) throws -> String? {
        guard let path = try optionalString(key) else { return nil }
        var text: String
        do {
            text = try TextFile.read(path)
        } catch {
            throw ConfigurationError("\(key): file \(path) cannot be read: \(error.localizedDescription)")
        }
        if text.last?.isNewline == true { text.removeLast() }
        guard !text.isEmpty else { throw ConfigurationError("\(key): file \(path) is empty") }
        guard !text.contains(where: \.isNewline) else {
            throw ConfigurationError("\(key): file \(path) has more than one line: leave the secret alone in it")
        }
        return text
    }

    /// The bearer token in the file the setting names. `nil` if the setting is empty.
    ///
    /// - Throws: `ConfigurationError` as ``content(ofFileNamedBy:)`` does, and when no header can carry the token.
    public func token(inFileNamedBy key: String) throws -> String? {
        let token = try content(ofFileNamedBy: key)
        guard token?.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) ?? true else {
            throw ConfigurationError(
                "\(key): file \(try string(key)) has a space or another character that no token may have")
        }
        return token
    }

    private func converted<Value>(_ key: String, to expected: String, _ convert: (String) -> Value?) throws -> Value {
        guard let value = convert(try string(key)) else {
            throw ConfigurationError("\(key) is not declared as \(expected)")
        }
        return value
    }
}
