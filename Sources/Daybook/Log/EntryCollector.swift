/// Makes something of a log's entries without copying what it does not need.
public protocol EntryCollector: Sendable {
    mutating func add(_ entry: ShownEntry)
}

/// An entry of a log where the store has it. Its bytes are good only as long as it is shown.
public struct ShownEntry {
    public let place: LogPlace
    public let id: IntegrationEventID
    public let type: String
    public let schemaVersion: Int
    /// The stream's name.
    public let stream: UnsafeRawBufferPointer
    public let streamVersion: StreamVersion
    public let occurredAt: Timestamp
    public let recordedAt: Timestamp
    /// JSON.
    public var data: UnsafeRawBufferPointer
    /// JSON.
    public let metadata: UnsafeRawBufferPointer
    public let hash: ChainHash
    public let previousHash: ChainHash

    public init(
        place: LogPlace, id: IntegrationEventID, type: String, schemaVersion: Int, stream: UnsafeRawBufferPointer,
        streamVersion: StreamVersion, occurredAt: Timestamp, recordedAt: Timestamp, data: UnsafeRawBufferPointer,
        metadata: UnsafeRawBufferPointer, hash: ChainHash, previousHash: ChainHash
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
}

/// Copies of the entries.
struct LogEntries: EntryCollector {
    private(set) var entries: [LogEntry] = []

    mutating func add(_ entry: ShownEntry) {
        entries.append(
            LogEntry(
                place: entry.place, id: entry.id, type: entry.type, schemaVersion: entry.schemaVersion,
                stream: StreamName(stored: String(decoding: entry.stream, as: UTF8.self)),
                streamVersion: entry.streamVersion, occurredAt: entry.occurredAt, recordedAt: entry.recordedAt,
                data: Array(entry.data)[...], metadata: Array(entry.metadata)[...], hash: entry.hash,
                previousHash: entry.previousHash))
    }
}

extension LogEntry {
    /// Shows it as if it were in a store.
    public func show(_ body: (ShownEntry) throws -> Void) rethrows {
        var name = stream.description
        try name.withUTF8 { name in
            try data.withUnsafeBytes { data in
                try metadata.withUnsafeBytes { metadata in
                    try body(
                        ShownEntry(
                            place: place, id: id, type: type, schemaVersion: schemaVersion,
                            stream: UnsafeRawBufferPointer(name), streamVersion: streamVersion,
                            occurredAt: occurredAt, recordedAt: recordedAt, data: data, metadata: metadata,
                            hash: hash, previousHash: previousHash))
                }
            }
        }
    }
}
