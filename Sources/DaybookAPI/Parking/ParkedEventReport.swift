public import Daybook

/// An event that could not be posted, or that waits behind one of its stream that could not.
public struct ParkedEventReport: APIDocument, Equatable {
    public var source: Source
    public var partition: Partition
    public var offset: Offset
    public var stream: String
    /// The id of the integration event.
    public var eventID: String
    public var type: String
    /// The reason why it could not be posted; `nil` when it waits behind another one.
    public var reason: String?
    public var parkedAt: Timestamp
    /// Events of its stream that wait behind it.
    public var waiting: Int
    public var schemaVersion: Int
    /// The version of its stream.
    public var version: StreamVersion
    public var occurredAt: Timestamp
    /// The event itself, as JSON text.
    public var data: String

    public init(
        source: Source, partition: Partition, offset: Offset, stream: String, eventID: String, type: String,
        reason: String? = nil, parkedAt: Timestamp, waiting: Int, schemaVersion: Int, version: StreamVersion,
        occurredAt: Timestamp, data: String
    ) {
        self.source = source
        self.partition = partition
        self.offset = offset
        self.stream = stream
        self.eventID = eventID
        self.type = type
        self.reason = reason
        self.parkedAt = parkedAt
        self.waiting = waiting
        self.schemaVersion = schemaVersion
        self.version = version
        self.occurredAt = occurredAt
        self.data = data
    }

    private enum CodingKeys: String, CodingKey {
        case source, partition, offset, stream, type, reason, parkedAt, waiting, schemaVersion, version, occurredAt,
            data
        case eventID = "eventId"
    }

    public static let example = ParkedEventReport(
        source: ExampleValues.source, partition: ExampleValues.partition, offset: 6, stream: ExampleValues.stream,
        eventID: ExampleValues.event.description, type: "user.email-changed", reason: "no such table: emails",
        parkedAt: ExampleValues.recordedAt, waiting: 1, schemaVersion: 1, version: 2,
        occurredAt: ExampleValues.occurredAt, data: #"{"newEmail":"ada@example.org"}"#)
}
