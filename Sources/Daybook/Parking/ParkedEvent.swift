/// An event that a projection could not post, or that waits behind one of its stream.
public struct ParkedEvent: Sendable, Equatable {
    public var source: Source
    public var partition: Int
    public var offset: Int64
    public var stream: String
    public var eventID: String
    public var type: String
    /// The reason why it could not be posted; `nil` when it waits behind another one.
    public var reason: String?
    public var parkedAt: Timestamp
    /// The number of events of its stream that wait behind it.
    public var waiting: Int
    public var schemaVersion: Int
    /// The version of its stream.
    public var version: Int64
    public var occurredAt: Timestamp
    /// What happened, as JSON text.
    public var data: String

    package init(
        source: Source, partition: Int, offset: Int64, stream: String, eventID: String, type: String,
        reason: String?, parkedAt: Timestamp, waiting: Int, schemaVersion: Int, version: Int64,
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

    /// Shows an entry of a source's log that is parked.
    public init(_ entry: LogEntry, of source: Source, reason: String?, parkedAt: Timestamp, waiting: Int) {
        self.init(
            source: source, partition: entry.place.partition.index, offset: entry.offset.rawValue,
            stream: entry.stream.description, eventID: entry.id.description, type: entry.type, reason: reason,
            parkedAt: parkedAt, waiting: waiting, schemaVersion: entry.schemaVersion,
            version: entry.streamVersion.rawValue, occurredAt: entry.occurredAt,
            data: String(decoding: entry.data, as: UTF8.self))
    }
}

extension ParkedEvent {
    /// The reason of an event that is the first of its stream, although nobody has tried it.
    public static let interrupted = "letting go of those before it was interrupted"
}

/// The events of a generation that could not be posted.
public struct ParkedFailures: Sendable, Equatable {
    /// The number of streams with an event that could not be.
    public let streams: Int
    /// The reason why the first of them could not be.
    public let reason: String

    public init(streams: Int, reason: String) {
        self.streams = streams
        self.reason = reason
    }
}
