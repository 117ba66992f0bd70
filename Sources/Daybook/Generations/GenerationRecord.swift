/// The role of a generation in its read model.
public enum GenerationRole: String, Sendable, Codable {
    /// It is being filled from history; nobody reads it.
    case building
    /// Readers are led to it.
    case serving
    /// It has served before, and could again.
    case previous
}

/// The state of a generation beside its rows, which every worker of the read model sees.
public struct GenerationRecord: Sendable, Codable, Equatable {
    public var role: GenerationRole
    /// `true` when it waits for a word before it serves, once it is built.
    public var isHeld = false
    /// `true` when it shall serve only if it is equal to the one that serves.
    public var requiresEqual = false
    /// The reason why it does not serve although it is built.
    public var refusal: String?
    /// `true` when a build goes on however many events it parks.
    public var toleratesFailures = false

    public init(role: GenerationRole, isHeld: Bool = false, requiresEqual: Bool = false) {
        self.role = role
        self.isHeld = isHeld
        self.requiresEqual = requiresEqual
    }
}
