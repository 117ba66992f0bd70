/// The values of settings, as a program has loaded them: one for every declared key.
public protocol SettingValues: Sendable {
    /// The value as text.
    ///
    /// - Throws: When the key is not declared.
    func string(_ key: String) throws -> String

    /// The value as text, `nil` when it is empty.
    ///
    /// - Throws: When the key is not declared.
    func optionalString(_ key: String) throws -> String?

    /// The value of a setting declared as `.integer`.
    ///
    /// - Throws: When the key is not declared, or not as a number.
    func integer(_ key: String) throws -> Int

    /// The value of a setting declared as `.boolean`.
    ///
    /// - Throws: When the key is not declared, or not as a boolean.
    func boolean(_ key: String) throws -> Bool

    /// The value of a setting declared as `.duration`.
    ///
    /// - Throws: When the key is not declared, or not as a duration.
    func duration(_ key: String) throws -> Duration

    /// The value of a secret: from the environment, else the content of the file that `<key>-file` names. `nil` if
    /// neither is given.
    ///
    /// - Throws: When the key is not declared, or the file cannot be read.
    func secret(_ key: String) throws -> String?
}
