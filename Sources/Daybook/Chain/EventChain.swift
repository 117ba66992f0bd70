import Crypto

/// The tamper-evident chain over a store's events: each link is
/// `SHA-256(domain ‖ previous ‖ field ‖ field ‖ …)`, with every field as a 32-bit big-endian length and its bytes.
///
/// The fields, in this order: event id (16 bytes), stream name, version, type, schema version, occurred-at,
/// recorded-at, data, metadata, tags, then for each integration event partition, offset, type, schema version and the
/// SHA-256 of its payload. Numbers are 64-bit big-endian; times are microseconds; tags are their hashes, one after the
/// other, as they are stored. The first link follows 32 zero bytes. The epoch is not in it, so that an import keeps the
/// chain.
///
/// The domain is the field `daybook.chain.2`. Links of the first format, which older versions wrote, have neither it nor
/// the schema versions of integration events. The link with which a store goes over to the second format seals those
/// schema versions later, see ``ChainTransition``.
public enum EventChain {
    /// The form of a link.
    public enum Format: Sendable, Hashable {
        case first
        case second
        /// The first link of the second format. Its domain is the field `daybook.chain.2.first`, followed by its position
        /// and the digest of the schema versions before it.
        case transition(ChainTransition)
    }

    /// The link of an event.
    ///
    /// - Parameter places: Those of what is published of the event, in order.
    public static func link(
        after previous: ChainHash, _ event: NewEvent, stream: StreamName, version: StreamVersion,
        recordedAt: Timestamp, tags: [UInt8] = [], places: [LogPlace], format: Format
    ) -> ChainHash {
        var fields = Fields(capacity: 450 + event.data.count + event.metadata.count)
        switch format {
        case .first: break
        case .second: fields.add("daybook.chain.2")
        case .transition(let transition):
            fields.add("daybook.chain.2.first")
            fields.add(transition.position.rawValue)
            transition.earlierSchemaVersions.withUnsafeBytes { fields.add($0) }
        }
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
        for (place, entry) in zip(places, event.published) {
            fields.add(Int64(place.partition.index))
            fields.add(place.offset.rawValue)
            fields.add(entry.type)
            if format != .first { fields.add(Int64(entry.schemaVersion)) }
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
