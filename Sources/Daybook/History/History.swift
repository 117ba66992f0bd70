/// The worker's side of a writer's log: the one way back, and only a read.
public protocol History: Sendable {
    /// Reads a range of a partition; with `limit` 0 only its head and anchor.
    ///
    /// - Throws: When the writer cannot be reached or does not answer in time.
    func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit: Int
    ) async throws -> LogSlice
}
