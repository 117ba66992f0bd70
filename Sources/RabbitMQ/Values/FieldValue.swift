/// A value in a table of AMQP headers, arguments or client properties.
public enum FieldValue: Sendable, Hashable {
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    case double(Double)
    /// Seconds since 1970, as AMQP 0-9-1 keeps time.
    case timestamp(UInt64)
    case bytes([UInt8])
    case table(FieldTable)
    case array([FieldValue])
    case null

    /// The text, if this is a string.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
}

/// A table as AMQP knows it: ordered entries, looked up by name. Tables are small, so looking up walks the entries.
public struct FieldTable: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public var entries: [Entry]

    public struct Entry: Sendable, Hashable {
        public let name: String
        public let value: FieldValue

        public init(name: String, value: FieldValue) {
            self.name = name
            self.value = value
        }
    }

    public init(_ entries: [Entry] = []) { self.entries = entries }

    public init(dictionaryLiteral elements: (String, FieldValue)...) {
        entries = elements.map { Entry(name: $0, value: $1) }
    }

    public subscript(name: String) -> FieldValue? { entries.first { $0.name == name }?.value }
}
