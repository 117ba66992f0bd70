/// A place in an integration log.
public struct LogPlace: Sendable, Hashable, Codable {
    public var partition: Partition
    public var offset: Offset

    public init(partition: Partition, offset: Offset) {
        self.partition = partition
        self.offset = offset
    }
}
