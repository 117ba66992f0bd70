public import Daybook

/// The progress of a projection in one partition of one source.
public struct LaneReport: APIDocument, Equatable {
    public var source: Source
    public var partition: Partition
    /// The log that was posted; `nil` before the first event.
    public var epoch: Epoch?
    public var checkpoint: Offset
    /// The last offset that is known to be in the log.
    public var head: Offset
    /// Events between checkpoint and head; of a stopped lane all up to the head.
    public var lag: Int64
    /// Age of the last event that was posted, while there is a lag.
    public var lagSeconds: Double
    public var state: LaneStatus.State
    /// The reason why it is failing or stopped.
    public var problem: String?

    /// Shows the status of a lane.
    public init(_ status: LaneStatus) {
        self.init(
            source: status.source, partition: status.partition, epoch: status.epoch, checkpoint: status.checkpoint,
            head: status.head, lag: status.lag, lagSeconds: status.lagSeconds, state: status.state,
            problem: status.problem)
    }

    public init(
        source: Source, partition: Partition, epoch: Epoch? = nil, checkpoint: Offset, head: Offset, lag: Int64,
        lagSeconds: Double, state: LaneStatus.State, problem: String? = nil
    ) {
        self.source = source
        self.partition = partition
        self.epoch = epoch
        self.checkpoint = checkpoint
        self.head = head
        self.lag = lag
        self.lagSeconds = lagSeconds
        self.state = state
        self.problem = problem
    }

    public static let example = LaneReport(
        source: ExampleValues.source, partition: ExampleValues.partition, epoch: ExampleValues.epoch, checkpoint: 5,
        head: 7, lag: 2, lagSeconds: 0.25, state: .failing, problem: "SQLite error 13: database or disk is full")
}
