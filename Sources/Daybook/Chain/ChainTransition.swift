import Crypto

/// The place where a store's chain goes over to the second format of ``EventChain``.
///
/// Links of the first format leave out the schema versions of integration events. The first link of the second format
/// seals them, and its own position: so neither they nor the place can be changed afterwards.
public struct ChainTransition: Sendable, Hashable {
    /// The position of the first link of the second format.
    public let position: Position
    /// The digest of the schema versions of all integration events before that position.
    public let earlierSchemaVersions: ChainHash

    public init(position: Position, earlierSchemaVersions: ChainHash) {
        self.position = position
        self.earlierSchemaVersions = earlierSchemaVersions
    }

    /// The transition of a store that never had links of the first format.
    public static let atStart = ChainTransition(position: 1, earlierSchemaVersions: Digest().value)

    /// The format of the link at a position.
    public func format(at position: Position) -> EventChain.Format {
        if position > self.position { return .second }
        return position == self.position ? .transition(self) : .first
    }

    /// SHA-256 over the partition, offset and schema version of integration events, each a 64-bit big-endian number, in
    /// the order of partitions and offsets.
    public struct Digest {
        private var hash = SHA256()

        public init() {}

        public mutating func add(schemaVersion: Int, at place: LogPlace) {
            for number in [Int64(place.partition.index), place.offset.rawValue, Int64(schemaVersion)] {
                withUnsafeBytes(of: number.bigEndian) { hash.update(bufferPointer: $0) }
            }
        }

        public var value: ChainHash {
            hash.finalize().withUnsafeBytes { ChainHash(bytes: $0) ?? .genesis }
        }
    }
}
