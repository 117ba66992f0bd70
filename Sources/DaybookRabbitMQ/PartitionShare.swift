import Daybook

/// The partitions that a worker asks for first, when several keep one read model: `1/2` and `2/2` are the halves.
///
/// Each partition has one active consumer, the first that asked. The others follow a little later, so that a partition
/// whose worker is gone has another at once.
public struct PartitionShare: Sendable, Equatable {
    private let number: Int
    private let count: Int

    /// Everything.
    public static let whole = PartitionShare(number: 1, count: 1)

    private init(number: Int, count: Int) {
        self.number = number
        self.count = count
    }

    /// Reads `1/2`; `nil` when the text is none, or not one of its own count.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), (1...100).contains(count),
            (1...count).contains(number)
        else { return nil }
        self.init(number: number, count: count)
    }

    /// `true` when each of the workers gets something of so many partitions.
    public func fits(_ partitionCount: Int) -> Bool { count <= partitionCount }

    func contains(_ partition: Partition) -> Bool { partition.index % count == number - 1 }
}
