public import Daybook
public import DaybookAPI

/// Integration events as they were published, for a consumer of the broker that misses some or comes late.
///
/// A partition that the log does not have is refused with 404 `no-such-partition`, a place after its end with 409
/// `beyond-head`, and a place of another log with 409 `other-log`.
extension WriterClient {
    /// The offset of the last event of a partition, 0 if there is none, and the identity of the log.
    public func logHead(of partition: Partition) async throws -> PartitionPlace {
        // Not with HEAD, as a refusal then has no problem document.
        let page = try await logPage(of: partition, limit: 1).document
        return PartitionPlace(epoch: page.epoch, offset: page.head)
    }

    /// One page of the integration events of a partition, with its head and the place after which the next page begins.
    ///
    /// - Parameters:
    ///   - place: With an epoch, events of another log are refused. Without one, those of the log that the writer has
    ///     are read.
    ///   - limit: Events, 1 to 1000. A page ends earlier after about 1 MiB.
    public func logPage(
        of partition: Partition, after place: PartitionPlace = PartitionPlace(offset: .zero), limit: Int = 100
    ) async throws -> Received<LogPageResponse> {
        try await connection.document(.log(of: partition, after: place, limit: limit))
    }

    /// The integration events of a partition after a place, up to the last one that there is.
    public func log(
        of partition: Partition, after place: PartitionPlace = PartitionPlace(offset: .zero)
    ) -> LogSequence {
        let start = PartitionCursor(partition, after: place)
        return LogSequence(pages: LogPages(connection: connection, start: start))
    }

    /// The integration events of a partition after a place as they happen, until the writer ends the connection, as it
    /// does when it stops.
    public func logTail(of partition: Partition, after place: PartitionPlace) -> PartitionTail {
        PartitionTail(connection: connection, start: PartitionCursor(partition, after: place))
    }
}
