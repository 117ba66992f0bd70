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
    /// The meaning, in a line for the documents that are made of it.
    public let purpose: String

    public init(_ name: String, _ kind: Kind = .text, purpose: String) {
        self.name = name
        self.kind = kind
        self.purpose = purpose
    }

    /// The parameter `limit`, which ``QueryParameters/limit()`` reads.
    public static let limit = QueryParameter(
        "limit", .number(1...1000), purpose: "at most so many, 1 to 1000; 100 if it is not given")
}

extension QueryParameter.Kind {
    fileprivate func accepts(_ text: String) -> Bool {
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

    fileprivate var expectation: String {
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

/// The parameters that were given with a query, by name. Each is one that the query takes, with a value of its kind.
public struct QueryParameters: Sendable {
    private let values: [String: String]

    /// Takes what was given.
    ///
    /// - Parameters:
    ///   - given: Values by name.
    ///   - declared: The parameters that the query takes.
    ///   - path: Values of the parameters in its path, by name.
    /// - Throws: ``QueryError`` at a parameter that it does not take, or a value that the parameter cannot have.
    public init(
        _ given: [String: String] = [:], of declared: [QueryParameter] = [], path: [String: String] = [:]
    ) throws(QueryError) {
        for (name, text) in given.sorted(by: { $0.key < $1.key }) {
            guard let parameter = declared.first(where: { $0.name == name }) else {
                let names = declared.map(\.name).sorted().joined(separator: ", ")
                throw QueryError(
                    "there is no parameter \(name) here" + (names.isEmpty ? "" : ", only \(names)"),
                    code: "unknown-parameter")
            }
            try Self.check(text, of: name, parameter.kind)
        }
        for (name, text) in path { try Self.check(text, of: name, .text) }
        values = given.merging(path) { _, inPath in inPath }
    }

    private static func check(_ text: String, of name: String, _ kind: QueryParameter.Kind) throws(QueryError) {
        guard kind.accepts(text) else { throw QueryError("\(name) must be \(kind.expectation)") }
    }

    /// The value as it was given; `nil` when it was not.
    public subscript(name: String) -> String? { values[name] }

    /// The beginning of a date in UTC.
    public func date(_ name: String) -> Timestamp? { time(name) }

    /// A moment; of a date its beginning in UTC.
    public func time(_ name: String) -> Timestamp? { values[name].flatMap { Timestamp($0) } }

    public func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }

    public func flag(_ name: String) -> Bool? { values[name].flatMap { Bool($0) } }

    /// The number of rows that are wanted: ``QueryParameter/limit``, or 100.
    public func limit() -> Int { number("limit") ?? 100 }
}

/// A question that cannot be answered as it was asked.
public struct QueryError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// The code of the problem document.
    public let code: String

    public init(_ description: String, code: String = "invalid-parameter") {
        self.description = description
        self.code = code
    }
}
