import Glibc

/// A moment in UTC, in whole microseconds since 1970.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// Days since 1970-01-01, in UTC.
    public var day: Int64 { microseconds.dividedDown(by: 86_400_000_000) }

    /// `2026-11-23`, in UTC.
    public var date: String { String(description.prefix(10)) }
}

extension Timestamp: CustomStringConvertible, LosslessStringConvertible {
    /// What RFC 3339 can say: the years 0000 to 9999.
    private static let range: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999

    /// RFC 3339 with microseconds: `2026-11-23T09:00:00.000000Z`. A time before the year 0000 or after the year 9999
    /// reads as the first or the last moment of them.
    public var description: String {
        let microseconds = min(max(microseconds, Self.range.lowerBound), Self.range.upperBound)
        let day = microseconds.dividedDown(by: 86_400_000_000)
        let (year, month, dayOfMonth) = Self.civil(fromDay: day)
        var rest = microseconds - day * 86_400_000_000
        return String(unsafeUninitializedCapacity: 27) { text in
            var at = 0
            func append(_ value: Int64, _ width: Int) {
                var value = value
                for digit in stride(from: at + width - 1, through: at, by: -1) {
                    text[digit] = UInt8(ascii: "0") + UInt8(value % 10)
                    value /= 10
                }
                at += width
            }
            func append(_ separator: UInt8) {
                text[at] = separator
                at += 1
            }
            append(year, 4)
            append(UInt8(ascii: "-"))
            append(month, 2)
            append(UInt8(ascii: "-"))
            append(dayOfMonth, 2)
            append(UInt8(ascii: "T"))
            for unit: Int64 in [3_600_000_000, 60_000_000, 1_000_000] {
                append(rest / unit, 2)
                append(unit == 1_000_000 ? UInt8(ascii: ".") : UInt8(ascii: ":"))
                rest %= unit
            }
            append(rest, 6)
            append(UInt8(ascii: "Z"))
            return at
        }
    }

    /// Reads RFC 3339 with any offset; digits beyond microseconds are cut. A date alone is its midnight in UTC. In UTC
    /// the year must have four digits, too.
    public init?(_ text: String) {
        var reader = TimestampReader(text)
        guard let (year, month, dayOfMonth) = reader.date() else { return nil }
        let day = Self.day(year: year, month: month, dayOfMonth: dayOfMonth)
        guard Self.civil(fromDay: day) == (year, month, dayOfMonth) else { return nil }
        var microseconds = day * 86_400_000_000
        if !reader.isAtEnd {
            guard let time = reader.timeOfDay(), let zone = reader.zone(), reader.isAtEnd else { return nil }
            microseconds += time - zone
        }
        guard Self.range.contains(microseconds) else { return nil }
        self.init(microseconds: microseconds)
    }

    /// The proleptic Gregorian calendar, after Howard Hinnant's `days_from_civil`.
    private static func day(year: Int64, month: Int64, dayOfMonth: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year.dividedDown(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + dayOfMonth - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(fromDay day: Int64) -> (year: Int64, month: Int64, dayOfMonth: Int64) {
        let shifted = day + 719_468
        let era = shifted.dividedDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time")
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
