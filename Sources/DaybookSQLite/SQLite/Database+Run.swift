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
    /// same with more kinds of values and more work for each. Values that are not given are NULL.
    ///
    /// - Throws: `DatabaseError`.
    public func run(_ sql: String, _ values: StoredValue...) throws {
        var statement = try PreparedStatement(sql, in: self)
        try statement.run(with: values, from: 0)
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

    /// Binds the values from `index` on, and runs the statement while they are lent to it. Otherwise SQLite would copy each
    /// text, and take a lock for that.
    fileprivate mutating func run(with values: [StoredValue], from index: Int) throws {
        guard index < values.count else {
            defer { forget() }
            _ = try step()
            return
        }
        switch values[index] {
        case .text(var text):
            return try text.withUTF8 { text in
                bind(lent: text)
                try run(with: values, from: index + 1)
            }
        case .bytes(let bytes):
            return try bytes.withUnsafeBytes { bytes in
                bind(lent: bytes)
                try run(with: values, from: index + 1)
            }
        case let value: bind(value)
        }
        try run(with: values, from: index + 1)
    }
}
