public import Daybook

/// A page of a partition of the integration log.
public struct LogPageResponse: APIDocument, Hashable {
    /// The identity of the store's log.
    public var epoch: Epoch
    public var partition: Partition
    /// The offset of the partition's last entry when the page was read; 0 without any.
    public var head: Offset
    /// The place after which the next page begins. Every page has one, as the log goes on.
    public var next: PartitionPlace
    public var events: [LogEventResponse]

    public init(
        epoch: Epoch, partition: Partition, head: Offset, next: PartitionPlace, events: [LogEventResponse]
    ) {
        self.epoch = epoch
        self.partition = partition
        self.head = head
        self.next = next
        self.events = events
    }

    /// `true` when nothing followed the page at the time at which it was read.
    public var isCurrent: Bool { next.offset >= head }

    public static let example = LogPageResponse(
        epoch: ExampleValues.epoch, partition: ExampleValues.partition, head: 5,
        next: PartitionPlace(epoch: ExampleValues.epoch, offset: 5), events: [.example])
}
