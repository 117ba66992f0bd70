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

    /// The attributes that the event has, with their values, in order.
    ///
    /// - Throws: `DecodingError` when the metadata of the entry cannot be read.
    public func attributes() throws -> [(attribute: CloudEventAttribute, value: String)] {
        let metadata = try EventMetadata(decoding: Array(entry.metadata))
        var attributes: [(attribute: CloudEventAttribute, value: String)] = []
        attributes.reserveCapacity(CloudEventAttribute.allCases.count)
        func show(_ attribute: CloudEventAttribute, _ value: String?) {
            if let value { attributes.append((attribute, value)) }
        }
        show(.specversion, Self.version)
        show(.id, entry.id.description)
        show(.source, source.description)
        show(.type, entry.type)
        show(.subject, entry.stream.description)
        show(.time, entry.occurredAt.description)
        show(.partition, String(entry.place.partition.index))
        show(.offset, entry.offset.description)
        show(.epoch, epoch.description)
        show(.streamversion, entry.streamVersion.description)
        show(.recordedtime, entry.recordedAt.description)
        show(.chain, ChainHash.pair(entry.previousHash, entry.hash))
        show(.correlationid, metadata.correlationID)
        show(.causationid, metadata.causationID)
        show(.actor, metadata.actor)
        show(.traceparent, metadata.traceparent)
        if entry.schemaVersion != 1 { show(.schemaversion, String(entry.schemaVersion)) }
        show(.compensates, metadata.compensates)
        if !metadata.custom.isEmpty {
            show(.custom, String(decoding: try JSON.encode(metadata.custom), as: UTF8.self))
        }
        return attributes
    }
}
