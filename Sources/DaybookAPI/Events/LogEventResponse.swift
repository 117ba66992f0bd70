public import Daybook

/// An integration event as it was published: a CloudEvent 1.0 in its JSON format, with the attributes of the message on
/// the broker.
public struct LogEventResponse: APIDocument, Hashable {
    public var cloudEvent: CloudEvent

    /// Shows an event with its data as they are stored.
    public init(_ cloudEvent: CloudEvent) { self.cloudEvent = cloudEvent }

    /// The place after which reading goes on, in this log and no other.
    public var place: PartitionPlace {
        PartitionPlace(epoch: cloudEvent.epoch, offset: cloudEvent.entry.offset)
    }

    public static let example = LogEventResponse(
        CloudEvent(
            source: ExampleValues.source, epoch: ExampleValues.epoch,
            entry: LogEntry(
                place: LogPlace(partition: ExampleValues.partition, offset: 5),
                id: IntegrationEventID(event: ExampleValues.event), type: "user.created", schemaVersion: 2,
                stream: StreamName(stored: ExampleValues.stream), streamVersion: 1,
                occurredAt: ExampleValues.occurredAt, recordedAt: ExampleValues.recordedAt,
                data: Array(#"{"email":"ada@example.com","name":"Ada Lovelace"}"#.utf8)[...],
                metadata: ExampleValues.metadata[...], hash: ExampleValues.hash, previousHash: .genesis)))

    // MARK: Coding

    private struct Member: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { return nil }

        static let dataContentType = Member("datacontenttype")
        static let data = Member("data")
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Member.self)
        guard try container.decode(String.self, forKey: .dataContentType) == CloudEvent.dataContentType else {
            throw DecodingError.dataCorruptedError(
                forKey: .dataContentType, in: container, debugDescription: "not \(CloudEvent.dataContentType)")
        }
        let data = try container.decode(EncodedJSON.self, forKey: .data)
        do throws(CloudEvent.Unreadable) {
            cloudEvent = try CloudEvent(data: data.bytes[...]) { attribute in
                try? container.decodeIfPresent(String.self, forKey: Member(attribute.name))
            }
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: error.reason))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Member.self)
        for (attribute, value) in try cloudEvent.attributes() {
            try container.encode(value, forKey: Member(attribute.name))
        }
        try container.encode(CloudEvent.dataContentType, forKey: .dataContentType)
        try container.encode(EncodedJSON(Array(cloudEvent.entry.data)), forKey: .data)
    }
}
