/// A number as JSON writes it, without regard to how: 1.0, 1e0 and 10e-1 are one. There is one zero.
struct JSONNumber: Equatable {
    private let isNegative: Bool
    /// Without zeros at the beginning and at the end; empty for zero.
    private let digits: String
    /// The power of ten that the last digit counts.
    private let exponent: Int

    /// - Parameter text: In the grammar of RFC 8259.
    /// - Returns: `nil` when the exponent is beyond measure.
    init?(_ text: String) {
        let parts = text.drop { $0 == "-" }.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
        guard let mantissa = parts.first?.split(separator: ".", maxSplits: 1),
            let power = parts.count == 1 ? 0 : Int(parts[1]), (-1_000_000_000...1_000_000_000).contains(power)
        else { return nil }
        let all = mantissa.joined().drop { $0 == "0" }
        let count = all.utf8.count
        let trailing = all.reversed().prefix { $0 == "0" }.count
        isNegative = text.hasPrefix("-") && count > 0
        digits = String(all.dropLast(trailing))
        exponent = count == 0 ? 0 : power - (mantissa.count == 2 ? mantissa[1].utf8.count : 0) + trailing
    }

    /// The digits of a whole number, with its sign; `nil` when it is none, or has more digits than 64 bits can hold.
    var wholeDigits: String? {
        guard !digits.isEmpty else { return "0" }
        guard exponent >= 0, digits.utf8.count + exponent <= 20 else { return nil }
        return (isNegative ? "-" : "") + digits + String(repeating: "0", count: exponent)
    }
}
