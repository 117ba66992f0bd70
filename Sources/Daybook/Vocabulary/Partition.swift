/// One of the lanes of an integration log. All events of a stream are in one partition.
public struct Partition: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let index: Int

    public init(_ index: Int) { self.index = index }

    public init(from decoder: any Decoder) throws {
        index = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(index)
    }

    /// `p03`, as in routing keys and queue names.
    public var description: String { index < 10 ? "p0\(index)" : "p\(index)" }

    /// The place where the events of `stream` go: FNV-1a 64 of the name's UTF-8, modulo the number of partitions. Fixed
    /// for ever: a store's log depends on it.
    public static func of(_ stream: StreamName, among count: Int) -> Partition {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in stream.description.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Partition(Int(hash % UInt64(max(count, 1))))
    }

    public static func all(_ count: Int) -> [Partition] { (0..<count).map(Partition.init) }

    public static func < (left: Self, right: Self) -> Bool { left.index < right.index }
}
