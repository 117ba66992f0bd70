/// The writer's side of the log: what the relay sends and the history service reads from.
public protocol IntegrationLog: Sendable {
    var epoch: Epoch { get }
    /// The number of partitions. Fixed when the store was made.
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

    /// The progress of the relay, by partition.
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
