/// An integration event in a store's log, whole and as it is published.
public struct LogEntry: Sendable, Hashable {
    public var place: LogPlace
    public var id: IntegrationEventID
    /// `user.email-changed`.
    public var type: String
    public var schemaVersion: Int
    public var stream: StreamName
    public var streamVersion: StreamVersion
    public var occurredAt: Timestamp
    public var recordedAt: Timestamp
    /// JSON. Of entries that were read together, a part of what was read.
    public var data: ArraySlice<UInt8>
    /// JSON, see ``EventMetadata``.
    public var metadata: ArraySlice<UInt8>
    /// The chain's link at its domain event.
    public var hash: ChainHash
    /// ``hash`` of the entry before it in its partition, ``ChainHash/genesis`` for the first: so that no reader takes
    /// entries of two logs for one.
    public var previousHash: ChainHash

    public init(
        place: LogPlace, id: IntegrationEventID, type: String, schemaVersion: Int, stream: StreamName,
        streamVersion: StreamVersion, occurredAt: Timestamp, recordedAt: Timestamp, data: ArraySlice<UInt8>,
        metadata: ArraySlice<UInt8>, hash: ChainHash, previousHash: ChainHash
    ) {
        self.place = place
        self.id = id
        self.type = type
        self.schemaVersion = schemaVersion
        self.stream = stream
        self.streamVersion = streamVersion
        self.occurredAt = occurredAt
        self.recordedAt = recordedAt
        self.data = data
        self.metadata = metadata
        self.hash = hash
        self.previousHash = previousHash
    }

    public var offset: Offset { place.offset }
    public var anchor: LogAnchor { LogAnchor(id: id, hash: hash) }

    /// Whether it says that the personal data of its stream were destroyed.
    public var isForgetting: Bool { Self.isForgetting(type: type) }

    /// Whether events of this type say that the personal data of their stream were destroyed: `user.forgotten`.
    public static func isForgetting(type: String) -> Bool {
        // Nearly all others end in another letter.
        type.utf8.last == UInt8(ascii: "n") && type.utf8.suffix(10).elementsEqual(".forgotten".utf8)
    }
}

/// What stands at an offset, so that two logs can be told apart.
public struct LogAnchor: Sendable, Hashable {
    public var id: IntegrationEventID
    public var hash: ChainHash

    public init(id: IntegrationEventID, hash: ChainHash) {
        self.id = id
        self.hash = hash
    }
}

/// A range of one partition, with what a reader needs to know that it reads the log it thinks it reads.
public struct LogSlice: Sendable, Hashable {
    public var epoch: Epoch
    /// The offset of the partition's last entry, at the time of reading.
    public var head: Offset
    /// What stands at the offset that was asked after; `nil` at 0 and beyond the head.
    public var anchor: LogAnchor?
    public var entries: [LogEntry]
    /// How many partitions the log has.
    public var partitionCount: Int

    public init(epoch: Epoch, partitionCount: Int, head: Offset, anchor: LogAnchor?, entries: [LogEntry]) {
        self.epoch = epoch
        self.partitionCount = partitionCount
        self.head = head
        self.anchor = anchor
        self.entries = entries
    }
}

/// The writer's side of the log: what the relay sends and the history service reads from.
public protocol IntegrationLog: Sendable {
    var epoch: Epoch { get }
    /// How many partitions there are. Fixed when the store was made.
    var partitionCount: Int { get }

    /// Shows the entries after `offset` in order, at most `limit` and at most about `maximumBytes` of them, but at least
    /// one if there is one and `limit` allows. A partition that the log does not have is empty.
    ///
    /// - Returns: The slice without its entries, and what was made of them.
    func collect<Entries: EntryCollector>(
        _ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int, into entries: Entries
    ) async throws -> (LogSlice, Entries)

    /// The last offset of every partition, in order.
    func heads() async throws -> [Offset]

    /// How far the relay has come, by partition.
    func cursors() async throws -> [Offset]

    /// Notes how far the relay has come. Never goes back.
    func moveCursors(_ cursors: [Partition: Offset]) async throws

    /// Fires after every commit that appended events.
    var changes: Signal { get }
}

extension IntegrationLog {
    /// The entries that ``collect(_:after:limit:maximumBytes:into:)`` shows.
    public func slice(
        _ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int
    ) async throws -> LogSlice {
        var (slice, collected) = try await collect(
            partition, after: offset, limit: limit, maximumBytes: maximumBytes, into: LogEntries())
        slice.entries = collected.entries
        return slice
    }
}
