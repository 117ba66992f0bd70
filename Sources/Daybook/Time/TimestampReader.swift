/// The text of a moment as in RFC 3339, read from left to right.
struct TimestampReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    /// Reads `2026-11-23`. Months have up to 31 days here.
    mutating func date() -> (year: Int64, month: Int64, dayOfMonth: Int64)? {
        guard let year = number(digits: 4), take({ $0 == UInt8(ascii: "-") }), let month = number(digits: 2),
            take({ $0 == UInt8(ascii: "-") }), let dayOfMonth = number(digits: 2), (1...12).contains(month),
            (1...31).contains(dayOfMonth)
        else { return nil }
        return (year, month, dayOfMonth)
    }

    /// Reads `T09:00`, `T09:00:00` or `T09:00:00.000000`, in microseconds since midnight.
    mutating func timeOfDay() -> Int64? {
        guard take({ $0 | 0x20 == UInt8(ascii: "t") || $0 == UInt8(ascii: " ") }),
            let minutes = hoursAndMinutes()
        else { return nil }
        guard take({ $0 == UInt8(ascii: ":") }) else { return minutes * 60_000_000 }
        // A leap second is the 61st.
        guard let second = number(digits: 2), second < 61 else { return nil }
        let time = (minutes * 60 + second) * 1_000_000
        guard take({ $0 == UInt8(ascii: ".") }) else { return time }
        return fraction().map { time + $0 }
    }

    /// Reads `Z` or `+01:00`, in microseconds east of UTC.
    mutating func zone() -> Int64? {
        if take({ $0 | 0x20 == UInt8(ascii: "z") }) { return 0 }
        let isWest = rest.first == UInt8(ascii: "-")
        guard take({ $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }), let minutes = hoursAndMinutes() else {
            return nil
        }
        return (isWest ? -minutes : minutes) * 60_000_000
    }

    private mutating func hoursAndMinutes() -> Int64? {
        guard let hour = number(digits: 2), hour < 24, take({ $0 == UInt8(ascii: ":") }),
            let minute = number(digits: 2), minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    /// Reads the digits of microseconds, and passes over those beyond.
    private mutating func fraction() -> Int64? {
        let digits = rest.prefix { Self.isDigit($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        var microseconds: Int64 = 0
        var unit: Int64 = 100_000
        for digit in digits.prefix(6) {
            microseconds += Int64(digit - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return microseconds
    }

    private mutating func number(digits count: Int) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(Self.isDigit) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private mutating func take(_ isTaken: (UInt8) -> Bool) -> Bool {
        guard let first = rest.first, isTaken(first) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
