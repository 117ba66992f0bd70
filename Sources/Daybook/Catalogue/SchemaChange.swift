/// One difference between a catalogue that was committed and what the code says now.
public struct SchemaChange: Sendable, Hashable, CustomStringConvertible {
    /// The subject of the change: `event created`, `published event user.created`, `command create`.
    public let subject: String
    /// The field, should it be about one.
    public let field: String?
    /// `true` when what was stored, or those who read or send it, cannot live with it.
    public let isBreaking: Bool
    /// The change.
    public let change: String

    /// A change, not a breaking one unless it says so.
    public init(_ subject: String, field: String? = nil, isBreaking: Bool = false, _ change: String) {
        self.subject = subject
        self.field = field
        self.isBreaking = isBreaking
        self.change = change
    }

    /// A sentence with the names.
    public var description: String { "\(subject): \(field.map { "the field \($0) " } ?? "")\(change)" }
}
