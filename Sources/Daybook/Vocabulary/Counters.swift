/// A number that counts 1, 2, 3…; 0 stands before the first.
///
/// Arithmetic ends at the least and the greatest number: what others say of their logs may be impossible.
public protocol Counter: RawRepresentable<Int64>, Comparable, Hashable, Sendable, Codable, CustomStringConvertible,
    ExpressibleByIntegerLiteral
{
    init(rawValue: Int64)
}

extension Counter {
    public static var zero: Self { Self(rawValue: 0) }
    public var next: Self { self + 1 }
    public var previous: Self { self + -1 }
    public var description: String { String(rawValue) }

    public init(integerLiteral value: Int64) { self.init(rawValue: value) }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    public static func - (left: Self, right: Self) -> Int64 { left.rawValue.cappedDifference(from: right.rawValue) }
    public static func + (left: Self, right: Int64) -> Self {
        let (sum, overflows) = left.rawValue.addingReportingOverflow(right)
        return Self(rawValue: overflows ? (right < 0 ? .min : .max) : sum)
    }
}

extension Int64 {
    /// This number less another one, or the least or the greatest number where that is exceeded.
    func cappedDifference(from other: Int64) -> Int64 {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? (self < other ? .min : .max) : difference
    }
}

extension Sequence<Int64> {
    /// The sum, or the greatest number if that is exceeded: what others say of their logs may be impossible.
    public var cappedSum: Int64 {
        reduce(0) { sum, number in
            let (next, overflows) = sum.addingReportingOverflow(number)
            return overflows ? .max : next
        }
    }
}

/// The place of an event in a whole store, in commit order.
public struct Position: Counter {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// The place of an event in its stream.
public struct StreamVersion: Counter {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// The place of an integration event in its partition of the log, without gaps.
public struct Offset: Counter {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

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

    /// Where the events of `stream` go: FNV-1a 64 of the name's UTF-8, modulo the number of partitions. Fixed for
    /// ever: a store's log depends on it.
    public static func of(_ stream: StreamName, among count: Int) -> Partition {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in stream.description.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Partition(Int(hash % UInt64(max(count, 1))))
    }

    public static func all(_ count: Int) -> [Partition] { (0..<count).map(Partition.init) }

    public static func < (left: Self, right: Self) -> Bool { left.index < right.index }
}
