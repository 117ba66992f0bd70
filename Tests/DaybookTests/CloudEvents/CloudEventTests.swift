import Daybook
import Testing

@Suite struct `An integration event as a CloudEvent` {
    private func event(_ metadata: EventMetadata, schemaVersion: Int) throws -> CloudEvent {
        let entry = LogEntry(
            place: LogPlace(partition: Partition(3), offset: 17),
            id: IntegrationEventID(event: EventID(high: 1, low: 2), ordinal: 1), type: "user.created",
            schemaVersion: schemaVersion, stream: StreamName(stored: "user-1"), streamVersion: 4,
            occurredAt: Timestamp(microseconds: 1), recordedAt: Timestamp(microseconds: 2),
            data: Array("{}".utf8)[...], metadata: try metadata.encoded()[...],
            hash: ChainHash(String(repeating: "ab", count: 32)) ?? .genesis, previousHash: .genesis)
        return CloudEvent(source: "users-writer", epoch: Epoch(high: 3, low: 4), entry: entry)
    }

    private func values(of event: CloudEvent) throws -> [CloudEventAttribute: String] {
        Dictionary(uniqueKeysWithValues: try event.attributes().map { ($0.attribute, $0.value) })
    }

    private let full = EventMetadata(
        correlationID: "c", causationID: "k", actor: "ada", traceparent: "t", compensates: "e", custom: ["a": "b"])

    @Test func `has all attributes where there is something to say, in their order`() throws {
        let attributes = try event(full, schemaVersion: 2).attributes().map(\.attribute)
        #expect(attributes == CloudEventAttribute.allCases)
    }

    @Test func `always has those that are said to be always there, and no others`() throws {
        let present = try values(of: event(EventMetadata(correlationID: "c"), schemaVersion: 1)).keys
        #expect(Set(present) == Set(CloudEventAttribute.allCases.filter(\.isAlwaysPresent)))
    }

    @Test func `is put together from its attributes again`() throws {
        let event = try event(full, schemaVersion: 2)
        let values = try values(of: event)
        #expect(try CloudEvent(data: event.entry.data) { values[$0] } == event)
    }

    @Test(arguments: CloudEventAttribute.allCases.filter(\.isAlwaysPresent))
    func `is none without an attribute that is always there`(attribute: CloudEventAttribute) throws {
        let event = try event(full, schemaVersion: 2)
        var values = try values(of: event)
        values[attribute] = nil
        let error = #expect(throws: CloudEvent.Unreadable.self) {
            try CloudEvent(data: event.entry.data) { [values] in values[$0] }
        }
        #expect(error?.reason == "the attribute \(attribute.name) is missing")
    }
}
