/// The error of a worker and a writer that are set up for different numbers of partitions.
public struct PartitionCountMismatch: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(description: String) { self.description = description }

    public init(_ source: Source, log: Int, here: Int) {
        description = "\(source): \(LaneState.Stop.partitionCountDiffers(log: log, here: here))"
    }
}
