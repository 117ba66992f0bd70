/// An event as it is kept.
public struct StoredEvent: Sendable, Hashable {
    public var position: Position
    public var id: EventID
    public var stream: StreamName
    public var version: StreamVersion
    public var type: String
    public var schemaVersion: Int
    public var occurredAt: Timestamp
    public var recordedAt: Timestamp
    public var data: [UInt8]
    public var metadata: [UInt8]
    /// The link of the chain, see ``EventChain``.
    public var hash: ChainHash

    public init(
        position: Position, id: EventID, stream: StreamName, version: StreamVersion, type: String,
        schemaVersion: Int, occurredAt: Timestamp, recordedAt: Timestamp, data: [UInt8], metadata: [UInt8],
        hash: ChainHash
    ) {
        self.position = position
        self.id = id
        self.stream = stream
        self.version = version
        self.type = type
        self.schemaVersion = schemaVersion
        self.occurredAt = occurredAt
        self.recordedAt = recordedAt
        self.data = data
        self.metadata = metadata
        self.hash = hash
    }
}
