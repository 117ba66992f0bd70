public import Daybook

/// A log of which one entry cannot be read.
public struct DamagedLog: IntegrationLog {
    private let store: InMemoryStore
    private let damaged: LogPlace

    public init(_ store: InMemoryStore, damaged: LogPlace) {
        self.store = store
        self.damaged = damaged
    }

    public var epoch: Epoch { store.epoch }
    public var partitionCount: Int { store.partitionCount }
    public var changes: Signal { store.changes }

    public func collect<Entries: EntryCollector>(
        _ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int, into entries: Entries
    ) async throws -> (LogSlice, Entries) {
        let slice = try await store.slice(partition, after: offset, limit: limit, maximumBytes: maximumBytes)
        guard !slice.entries.contains(where: { $0.place == damaged }) else { throw HistoryError("damaged") }
        return try await store.collect(
            partition, after: offset, limit: limit, maximumBytes: maximumBytes, into: entries)
    }

    public func heads() async throws -> [Offset] { try await store.heads() }
    public func cursors() async throws -> [Offset] { try await store.cursors() }
    public func moveCursors(_ cursors: [Partition: Offset]) async throws { try await store.moveCursors(cursors) }
}
