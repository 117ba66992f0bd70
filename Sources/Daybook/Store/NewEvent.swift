/// An event on its way into a store.
public struct NewEvent: Sendable, Hashable {
    /// What other systems are told of it.
    public struct Published: Sendable, Hashable {
        public var type: String
        public var schemaVersion: Int
        public var data: [UInt8]
        /// The members of the data that are personal, see ``DomainEvent/personal``.
        public var personal: Set<String>

        public init(type: String, schemaVersion: Int, data: [UInt8], personal: Set<String> = []) {
            self.type = type
            self.schemaVersion = schemaVersion
            self.data = data
            self.personal = personal
        }
    }

    public var id: EventID
    public var type: String
    public var schemaVersion: Int
    public var occurredAt: Timestamp
    /// JSON.
    public var data: [UInt8]
    /// JSON, see ``EventMetadata``.
    public var metadata: [UInt8]
    public var published: [Published]
    public var tags: [Tag]
    /// The members of the data that are personal, see ``DomainEvent/personal``.
    public var personal: Set<String>

    public init(
        id: EventID, type: String, schemaVersion: Int = 1, occurredAt: Timestamp, data: [UInt8], metadata: [UInt8],
        published: [Published] = [], tags: [Tag] = [], personal: Set<String> = []
    ) {
        self.id = id
        self.type = type
        self.schemaVersion = schemaVersion
        self.occurredAt = occurredAt
        self.data = data
        self.metadata = metadata
        self.published = published
        self.tags = tags
        self.personal = personal
    }
}
