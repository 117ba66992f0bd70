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
