/// An integration event in a store's log, whole and as it is published.
public struct LogEntry: Sendable, Hashable {
    public var place: LogPlace
    public var id: IntegrationEventID
    /// `user.email-changed`.
    public var type: String
    public var schemaVersion: Int
    public var stream: StreamName
    public var streamVersion: StreamVersion
    public var occurredAt: Timestamp
    public var recordedAt: Timestamp
    /// JSON. Of entries that were read together, a part of what was read.
    public var data: ArraySlice<UInt8>
    /// JSON, see ``EventMetadata``.
    public var metadata: ArraySlice<UInt8>
    /// The chain's link at its domain event.
    public var hash: ChainHash
    /// ``hash`` of the entry before it in its partition, ``ChainHash/genesis`` for the first: so that no reader takes
    /// entries of two logs for one.
    public var previousHash: ChainHash

    public init(
        place: LogPlace, id: IntegrationEventID, type: String, schemaVersion: Int, stream: StreamName,
        streamVersion: StreamVersion, occurredAt: Timestamp, recordedAt: Timestamp, data: ArraySlice<UInt8>,
        metadata: ArraySlice<UInt8>, hash: ChainHash, previousHash: ChainHash
    ) {
        self.place = place
        self.id = id
        self.type = type
        self.schemaVersion = schemaVersion
        self.stream = stream
        self.streamVersion = streamVersion
        self.occurredAt = occurredAt
        self.recordedAt = recordedAt
        self.data = data
        self.metadata = metadata
        self.hash = hash
        self.previousHash = previousHash
    }

    public var offset: Offset { place.offset }
    public var anchor: LogAnchor { LogAnchor(id: id, hash: hash) }

    /// `true` when it says that the personal data of its stream were destroyed.
    public var isForgetting: Bool { Self.isForgetting(type: type) }

    /// `true` when events of this type say that the personal data of their stream were destroyed: `user.forgotten`.
    public static func isForgetting(type: String) -> Bool {
        // Nearly all others end in another letter.
        type.utf8.last == UInt8(ascii: "n") && type.utf8.suffix(10).elementsEqual(".forgotten".utf8)
    }
}
