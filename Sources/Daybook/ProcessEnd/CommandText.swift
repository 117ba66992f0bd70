/// A command as it was sent.
public struct CommandText: Sendable, Hashable {
    /// The case's coding key: `change-email`.
    public var name: String
    /// JSON.
    public var body: [UInt8]

    public init(name: String, body: [UInt8]) {
        self.name = name
        self.body = body
    }

    /// A decision that no caller has sent.
    public static let none = CommandText(name: "", body: [])
}
