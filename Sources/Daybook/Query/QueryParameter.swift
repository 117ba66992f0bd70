/// A parameter that a query takes: its name, the values that it may have, and its meaning.
public struct QueryParameter: Sendable, Equatable {
    /// The values of a parameter.
    public enum Kind: Sendable, Equatable {
        /// Any text without U+0000.
        case text
        /// A date in UTC, such as `2026-11-01`.
        case date
        /// A date in UTC, or a time as in RFC 3339.
        case time
        /// A whole number in this range.
        case number(ClosedRange<Int>)
        /// `true` or `false`.
        case flag
        /// One of these words.
        case oneOf([String])
    }

    public let name: String
    public let kind: Kind
    /// The number of times that it may be given.
    public let maximumCount: Int
    /// The meaning, in a line for the documents that are made of it.
    public let purpose: String

    public init(_ name: String, _ kind: Kind = .text, maximumCount: Int = 1, purpose: String) {
        self.name = name
        self.kind = kind
        self.maximumCount = maximumCount
        self.purpose = purpose
    }

    /// The parameter `limit`, which ``QueryParameters/limit()`` reads.
    public static let limit = QueryParameter(
        "limit", .number(1...1000), purpose: "at most so many, 1 to 1000; 100 if it is not given")
}

extension QueryParameter.Kind {
    func accepts(_ text: String) -> Bool {
        switch self {
        case .text: !text.utf8.contains(0)
        case .date: text.utf8.count == 10 && Timestamp(text) != nil
        case .time: Timestamp(text) != nil
        // One spelling for each number: no sign, no leading zeros.
        case .number(let range): Int(text).map { range.contains($0) && String($0) == text } ?? false
        case .flag: ["true", "false"].contains(text)
        case .oneOf(let words): words.contains(text)
        }
    }

    var expectation: String {
        switch self {
        case .text: "text without U+0000"
        case .date: "a date such as 2026-11-01"
        case .time: "a date or an RFC 3339 time"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .flag: "true or false"
        case .oneOf(let words): "one of \(words.joined(separator: ", "))"
        }
    }
}
