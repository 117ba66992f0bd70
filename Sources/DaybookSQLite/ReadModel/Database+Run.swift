import Daybook
public import GRDB

/// A value that a projection stores.
public enum StoredValue: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(nilLiteral: ()) { self = .null }
}

extension Database {
    /// Runs a statement without rows, prepared once and kept: the fast way to post an event. GRDB's `execute` does the
    /// same with more kinds of values and more work for each.
    ///
    /// - Throws: `DatabaseError`.
    public func run(_ sql: String, _ values: StoredValue...) throws {
        var statement = try PreparedStatement(sql, in: self)
        for value in values { statement.bind(value) }
        try statement.run()
    }
}

extension PreparedStatement {
    mutating func bind(_ value: StoredValue) {
        switch value {
        case .null: bindNull()
        case .integer(let number): bind(number)
        case .text(let text): bind(text)
        case .bytes(let bytes): bind(bytes)
        }
    }
}
