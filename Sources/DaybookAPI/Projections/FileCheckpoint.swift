public import Daybook

/// The place that a file has reached in one partition of one source.
public struct FileCheckpoint: APIDocument, Hashable {
    public var source: Source
    public var partition: Partition
    public var epoch: Epoch
    /// The last event that was posted, or reacted to.
    public var offset: Offset

    public init(source: Source, partition: Partition, epoch: Epoch, offset: Offset) {
        self.source = source
        self.partition = partition
        self.epoch = epoch
        self.offset = offset
    }

    public static let example = FileCheckpoint(
        source: ExampleValues.source, partition: ExampleValues.partition, epoch: ExampleValues.epoch, offset: 5)
}
