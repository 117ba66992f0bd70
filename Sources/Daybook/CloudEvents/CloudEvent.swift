/// An integration event as it is published: a CloudEvent 1.0. Its attributes and its data say all that history says of
/// the entry.
public struct CloudEvent: Sendable, Hashable {
    public let source: Source
    public let epoch: Epoch
    public let entry: LogEntry

    /// The media type of the data.
    public static let dataContentType = "application/json"
    /// The version of CloudEvents.
    static let version = "1.0"

    public init(source: Source, epoch: Epoch, entry: LogEntry) {
        self.source = source
        self.epoch = epoch
        self.entry = entry
    }

    /// Gives `body` the attributes that the event has, with their values, in order.
    ///
    /// - Throws: `DecodingError` when the metadata of the entry cannot be read, and the error of `body`.
    public func forEachAttribute(_ body: (CloudEventAttribute, String) throws -> Void) throws {
        func show(_ attribute: CloudEventAttribute, _ value: String?) throws {
            if let value { try body(attribute, value) }
        }
        let metadata = try EventMetadata(decoding: Array(entry.metadata))
        try show(.specversion, Self.version)
        try show(.id, entry.id.description)
        try show(.source, source.description)
        try show(.type, entry.type)
        try show(.subject, entry.stream.description)
        try show(.time, entry.occurredAt.description)
        try show(.partition, String(entry.place.partition.index))
        try show(.offset, entry.offset.description)
        try show(.epoch, epoch.description)
        try show(.streamversion, entry.streamVersion.description)
        try show(.recordedtime, entry.recordedAt.description)
        try show(.chain, ChainHash.pair(entry.previousHash, entry.hash))
        try show(.correlationid, metadata.correlationID)
        try show(.causationid, metadata.causationID)
        try show(.actor, metadata.actor)
        try show(.traceparent, metadata.traceparent)
        if entry.schemaVersion != 1 { try show(.schemaversion, String(entry.schemaVersion)) }
        try show(.compensates, metadata.compensates)
        if !metadata.custom.isEmpty {
            try show(.custom, String(decoding: JSON.encode(metadata.custom), as: UTF8.self))
        }
    }
}
