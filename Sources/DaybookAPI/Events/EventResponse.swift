public import Daybook

/// An event as a writer shows it, in the present schema: a line of a response, or the data of a server-sent event.
public struct EventResponse: APIDocument, Equatable {
    /// The identity of the store's log.
    public var epoch: Epoch
    public var position: Position
    public var id: EventID
    public var stream: String
    public var version: StreamVersion
    public var type: String
    public var schemaVersion: Int
    public var occurredAt: Timestamp
    public var recordedAt: Timestamp
    /// The event itself.
    public var data: EncodedJSON
    /// The origin of the event, and its conversation: an `EventMetadata`.
    public var metadata: EncodedJSON
    /// The state of its aggregate after it, where that was asked for.
    public var state: EncodedJSON?

    /// Shows a stored event, with its data and metadata as they are stored.
    public init(_ event: StoredEvent, of epoch: Epoch, state: EncodedJSON? = nil) {
        self.epoch = epoch
        position = event.position
        id = event.id
        stream = event.stream.description
        version = event.version
        type = event.type
        schemaVersion = event.schemaVersion
        occurredAt = event.occurredAt
        recordedAt = event.recordedAt
        data = EncodedJSON(event.data)
        metadata = EncodedJSON(event.metadata)
        self.state = state
    }

    /// The place after which reading goes on, in this log and no other.
    public var place: EventPlace { EventPlace(epoch: epoch, position: position) }

    public static let example = EventResponse(
        StoredEvent(
            position: 5, id: ExampleValues.event, stream: StreamName(stored: ExampleValues.stream), version: 1,
            type: "created", schemaVersion: 2, occurredAt: ExampleValues.occurredAt,
            recordedAt: ExampleValues.recordedAt,
            data: Array(#"{"contactEmail":"ada@example.com","name":"Ada Lovelace"}"#.utf8),
            metadata: Array(#"{"correlationId":"01ab28b5-5be0-7000-8b7c-f4303b32553e"}"#.utf8), hash: .genesis),
        of: ExampleValues.epoch, state: ExampleValues.json(#"{"email":"ada@example.com","isActive":true}"#))
}
