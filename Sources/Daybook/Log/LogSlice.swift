/// A range of one partition, with what a reader needs to know that it reads the log it thinks it reads.
public struct LogSlice: Sendable, Hashable {
    public var epoch: Epoch
    /// The offset of the partition's last entry, at the time of reading.
    public var head: Offset
    /// The identity of the entry at the offset that was asked after; `nil` at 0 and beyond the head.
    public var anchor: LogAnchor?
    public var entries: [LogEntry]
    /// The number of partitions that the log has.
    public var partitionCount: Int

    public init(epoch: Epoch, partitionCount: Int, head: Offset, anchor: LogAnchor?, entries: [LogEntry]) {
        self.epoch = epoch
        self.partitionCount = partitionCount
        self.head = head
        self.anchor = anchor
        self.entries = entries
    }
}
