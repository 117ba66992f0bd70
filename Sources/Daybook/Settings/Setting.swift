/// One thing an operator can set: its key, what values it takes, and what it is for.
public struct Setting: Sendable, Equatable {
    /// The values a setting takes.
    public enum Kind: Sendable, Equatable {
        /// Any text.
        case string
        /// A whole number within the range.
        case integer(ClosedRange<Int>)
        /// `true` or `false`.
        case boolean
        /// A whole number with a unit: `500ms`, `10s`, `2m` or `1h`.
        case duration
        /// One of the listed words.
        case oneOf([String])
        /// A URL. One that carries a password is taken from the environment only, and is never shown.
        case url
    }

    /// The dotted lower-case name, for example `broker.url-file`.
    public let key: String
    /// The values it takes.
    public let kind: Kind
    /// The value when nothing is given. The empty text makes the setting optional, `nil` makes it required.
    public let defaultValue: String?
    /// `true` when the value must be kept out of flags, files and messages.
    public let isSecret: Bool
    /// What it is for, in a line of help.
    public let purpose: String

    /// Declares a setting.
    public init(
        _ key: String, _ kind: Kind = .string, default defaultValue: String?, isSecret: Bool = false, purpose: String
    ) {
        self.key = key
        self.kind = kind
        self.defaultValue = defaultValue
        self.isSecret = isSecret
        self.purpose = purpose
    }
}
