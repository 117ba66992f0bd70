/// An event that is not to be posted in any generation.
public struct SkippedEvent: Sendable, Hashable {
    /// The writer that published it.
    public var source: Source
    /// The id of the integration event.
    public var id: String

    /// Names an event.
    public init(source: Source, id: String) {
        self.source = source
        self.id = id
    }
}
