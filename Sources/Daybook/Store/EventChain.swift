import Crypto

/// The tamper-evident chain over a store's events: each link is
/// `SHA-256(previous ‖ field ‖ field ‖ …)`, with every field as a 32-bit big-endian length and its bytes.
///
/// The fields, in this order: event id (16 bytes), stream name, version, type, schema version, occurred-at,
/// recorded-at, data, metadata, tags, then for each integration event partition, offset, type and the SHA-256 of its
/// payload. Numbers are 64-bit big-endian; times are microseconds. Tags are reserved and empty. The first link follows
/// 32 zero bytes. The epoch is not in it, so that an import keeps the chain.
public enum EventChain {
    public static let genesis = [UInt8](repeating: 0, count: 32)

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
        after previous: [UInt8], _ event: NewEvent, stream: StreamName, version: StreamVersion, recordedAt: Timestamp,
        published: [Published]
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(400 + event.data.count + event.metadata.count)
        bytes += previous
        func add(_ field: some Collection<UInt8>) {
            withUnsafeBytes(of: UInt32(field.count).bigEndian) { bytes += $0 }
            bytes += field
        }
        func add(_ number: Int64) { withUnsafeBytes(of: number.bigEndian) { add($0) } }
        add(event.id.bytes)
        add(stream.description.utf8)
        add(version.rawValue)
        add(event.type.utf8)
        add(Int64(event.schemaVersion))
        add(event.occurredAt.microseconds)
        add(recordedAt.microseconds)
        add(event.data)
        add(event.metadata)
        add([])
        for entry in published {
            add(Int64(entry.place.partition.index))
            add(entry.place.offset.rawValue)
            add(entry.type.utf8)
            add(Array(SHA256.hash(data: entry.data)))
        }
        return Array(SHA256.hash(data: bytes))
    }
}
