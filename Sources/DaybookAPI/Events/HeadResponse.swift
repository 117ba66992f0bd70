public import Daybook

/// The place that a store has reached.
public struct HeadResponse: APIDocument, Equatable {
    /// The identity of the store's log.
    public var epoch: Epoch
    /// The position of the last event, 0 where there is none. No entry of a partition is of a later one.
    public var position: Position
    /// All partitions of the log, in order.
    public var partitions: [PartitionHead]

    public init(epoch: Epoch, position: Position, partitions: [PartitionHead]) {
        self.epoch = epoch
        self.position = position
        self.partitions = partitions
    }

    /// The place after which nothing has happened yet.
    public var place: EventPlace { EventPlace(epoch: epoch, position: position) }

    public static let example = HeadResponse(epoch: ExampleValues.epoch, position: 5, partitions: [.example])
}
