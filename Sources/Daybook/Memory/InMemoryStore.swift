import Synchronization

/// A store without a file: the reference implementation, for tests and first steps. What it holds is gone with it.
public final class InMemoryStore: WriterStore {
    let ledger: Mutex<Ledger>
    let snapshots = Mutex<[StreamName: Snapshot]>([:])
    let indexes = Mutex<[StreamCategory: TagIndexNote]>([:])
    let quarantine = Mutex<[QuarantineRecord]>([])
    private let now: @Sendable () -> Timestamp
    public let epoch: Epoch
    public let partitionCount: Int
    public let changes = Signal()
    /// Never fires: there is always room.
    public let problemChanges = Signal()

    /// Makes an empty store.
    ///
    /// - Parameters:
    ///   - hasKeys: Whether personal data are encrypted, so that they can be forgotten.
    ///   - now: The clock of recorded-at.
    public init(
        partitionCount: Int = 8, hasKeys: Bool = false, now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        let ledger = Ledger(partitionCount: partitionCount, hasKeys: hasKeys)
        self.partitionCount = partitionCount
        self.now = now
        epoch = ledger.epoch
        self.ledger = Mutex(ledger)
    }

    public func append(_ request: AppendRequest) async throws -> CommandAnswer {
        let answer = try ledger.withLock { ledger in try ledger.append(request, now: now()) }
        changes.fire()
        return answer
    }

    public func append(_ requests: [AppendRequest]) async throws -> [CommandAnswer] {
        let answers = try ledger.withLock { ledger in try ledger.append(requests, now: now()) }
        changes.fire()
        return answers
    }

    public func answer(to record: IdempotencyRecord) async throws -> CommandAnswer? {
        try ledger.withLock { try $0.answer(to: record) }
    }

    public func read(_ stream: StreamName, after version: StreamVersion, limit: Int) async throws -> [StoredEvent] {
        try events(of: stream, after: version, limit: limit)
    }

    public func replay(
        _ stream: StreamName, after version: StreamVersion, _ body: @escaping @Sendable (ReplayedEvent) throws -> Void
    ) async throws {
        for event in try events(of: stream, after: version, limit: .max) {
            try event.data.withUnsafeBytes { data in
                try body(
                    ReplayedEvent(
                        version: event.version, type: event.type, schemaVersion: event.schemaVersion, data: data))
            }
        }
    }

    /// Events of a stream as they were before they were sealed.
    func events(of stream: StreamName, after version: StreamVersion, limit: Int) throws -> [StoredEvent] {
        try ledger.withLock { ledger in
            try ledger.opened(ledger.read(stream, after: version, limit: limit))
        }
    }

    public func snapshot(of stream: StreamName, schemaVersion: Int) async throws -> Snapshot? {
        snapshots.withLock { $0[stream].flatMap { $0.schemaVersion == schemaVersion ? $0 : nil } }
    }

    public func keep(_ snapshot: Snapshot) async throws {
        let isForgotten = ledger.withLock { $0.subjects?.isForgotten(snapshot.stream) ?? false }
        if !isForgotten { snapshots.withLock { $0[snapshot.stream] = snapshot } }
    }

    public func read(after position: Position, limit: Int) async throws -> [StoredEvent] {
        try ledger.withLock { ledger in try ledger.opened(ledger.read(after: position, limit: limit)) }
    }

    public func read(_ query: EventQuery, after position: Position, limit: Int) async throws -> [StoredEvent] {
        try ledger.withLock { ledger in try ledger.opened(ledger.read(query, after: position, limit: limit)) }
    }

    public func find(
        _ query: EventQuery, in range: EventRange, limit: Int, maximumLooks: Int
    ) async throws -> FoundEvents {
        ledger.withLock { $0.find(query, in: range, limit: limit, maximumLooks: maximumLooks) }
    }

    public func read(at positions: [Position]) async throws -> [StoredEvent] {
        try ledger.withLock { ledger in try ledger.opened(ledger.read(at: positions)) }
    }

    public func version(of stream: StreamName) async throws -> StreamVersion {
        ledger.withLock { $0.version(of: stream) }
    }

    public func head() async throws -> Position {
        ledger.withLock { Position(rawValue: Int64($0.events.count)) }
    }

    public func collect<Entries: EntryCollector>(
        _ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int, into entries: Entries
    ) async throws -> (LogSlice, Entries) {
        var slice = try ledger.withLock { ledger in
            var slice = ledger.slice(partition, after: offset, limit: limit, maximumBytes: maximumBytes)
            slice.entries = try ledger.openedEntries(slice.entries)
            return slice
        }
        var collected = entries
        for entry in slice.entries { entry.show { collected.add($0) } }
        slice.entries = []
        return (slice, collected)
    }

    public func heads() async throws -> [Offset] {
        ledger.withLock { $0.log.map { Offset(rawValue: Int64($0.count)) } }
    }

    public func cursors() async throws -> [Offset] { ledger.withLock { $0.cursors } }

    public func moveCursors(_ cursors: [Partition: Offset]) async throws {
        ledger.withLock { $0.moveCursors(cursors) }
    }
}
