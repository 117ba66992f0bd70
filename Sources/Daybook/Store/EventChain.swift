import Crypto

/// The tamper-evident chain over a store's events: each link is
/// `SHA-256(previous ‖ field ‖ field ‖ …)`, with every field as a 32-bit big-endian length and its bytes.
///
/// The fields, in this order: event id (16 bytes), stream name, version, type, schema version, occurred-at,
/// recorded-at, data, metadata, tags, then for each integration event partition, offset, type and the SHA-256 of its
/// payload. Numbers are 64-bit big-endian; times are microseconds; tags are their hashes, one after the other, as they
/// are stored. The first link follows 32 zero bytes. The epoch is not in it, so that an import keeps the chain.
public enum EventChain {
    public struct Published {
        let place: LogPlace
        let type: String
        let data: [UInt8]

        public init(place: LogPlace, type: String, data: [UInt8]) {
            self.place = place
            self.type = type
            self.data = data
        }
    }

    public static func link(
        after previous: ChainHash, _ event: NewEvent, stream: StreamName, version: StreamVersion,
        recordedAt: Timestamp, tags: [UInt8] = [], published: [Published]
    ) -> ChainHash {
        var fields = Fields(capacity: 400 + event.data.count + event.metadata.count)
        previous.withUnsafeBytes { fields.bytes += $0 }
        event.id.withUnsafeBytes { fields.add($0) }
        fields.add(stream.description)
        fields.add(version.rawValue)
        fields.add(event.type)
        fields.add(Int64(event.schemaVersion))
        fields.add(event.occurredAt.microseconds)
        fields.add(recordedAt.microseconds)
        fields.add(event.data)
        fields.add(event.metadata)
        fields.add(tags)
        for entry in published {
            fields.add(Int64(entry.place.partition.index))
            fields.add(entry.place.offset.rawValue)
            fields.add(entry.type)
            hash(entry.data).withUnsafeBytes { fields.add($0) }
        }
        return hash(fields.bytes)
    }

    private static func hash(_ bytes: [UInt8]) -> ChainHash {
        SHA256.hash(data: bytes).withUnsafeBytes { ChainHash(bytes: $0) ?? .genesis }
    }

    /// The fields of a link, one after the other.
    private struct Fields {
        var bytes: [UInt8] = []

        init(capacity: Int) { bytes.reserveCapacity(capacity) }

        mutating func add(_ field: UnsafeRawBufferPointer) {
            Swift.withUnsafeBytes(of: UInt32(field.count).bigEndian) { bytes += $0 }
            bytes += field
        }

        mutating func add(_ field: [UInt8]) { field.withUnsafeBytes { add($0) } }

        mutating func add(_ text: String) {
            var text = text
            text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
        }

        mutating func add(_ number: Int64) { Swift.withUnsafeBytes(of: number.bigEndian) { add($0) } }
    }
}
