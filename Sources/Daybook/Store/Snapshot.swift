import Crypto

/// The state of an aggregate after an event, as it is kept.
public struct Snapshot: Sendable, Hashable {
    public var stream: StreamName
    public var version: StreamVersion
    /// Of the state's form, ``Aggregate/snapshotVersion``.
    public var schemaVersion: Int
    /// JSON.
    public var state: [UInt8]

    public init(stream: StreamName, version: StreamVersion, schemaVersion: Int, state: [UInt8]) {
        self.stream = stream
        self.version = version
        self.schemaVersion = schemaVersion
        self.state = state
    }

    /// SHA-256 of all of it: a store gives back only what still has it.
    public var checksum: ChainHash {
        let head = "\(stream)\n\(version)\n\(schemaVersion)\n"
        return SHA256.hash(data: Array(head.utf8) + state).withUnsafeBytes { ChainHash(bytes: $0) ?? .genesis }
    }
}
