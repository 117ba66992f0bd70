/// The outcome of a command.
public struct CommandAnswer: Sendable, Hashable, Codable {
    public var stream: String
    /// The stream's version after it.
    public var version: StreamVersion
    /// The position of its last event; `nil` when nothing changed.
    public var position: Position?
    /// The last integration event that it published, if any.
    public var published: LogPlace?
    /// Set when the domain refused.
    public var refusal: Refusal?
    /// `true` when this was answered before and nothing happened this time.
    public var isRepeated = false

    public init(
        stream: StreamName, version: StreamVersion, position: Position? = nil, published: LogPlace? = nil,
        refusal: Refusal? = nil
    ) {
        self.stream = stream.description
        self.version = version
        self.position = position
        self.published = published
        self.refusal = refusal
    }
}
