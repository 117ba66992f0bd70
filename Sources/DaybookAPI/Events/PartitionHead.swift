public import Daybook

/// The place of the last entry in one partition of a log.
public struct PartitionHead: APIDocument, Hashable {
    public var partition: Partition
    /// 0 where the partition is empty.
    public var offset: Offset

    public init(partition: Partition, offset: Offset) {
        self.partition = partition
        self.offset = offset
    }

    public static let example = PartitionHead(partition: ExampleValues.partition, offset: 5)
}
