/// The identity of the entry at an offset, so that two logs can be told apart.
public struct LogAnchor: Sendable, Hashable {
    public var id: IntegrationEventID
    public var hash: ChainHash

    public init(id: IntegrationEventID, hash: ChainHash) {
        self.id = id
        self.hash = hash
    }
}
