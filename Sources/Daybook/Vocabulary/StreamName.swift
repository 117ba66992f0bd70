/// A kind of stream, one for each aggregate type: `user`. Lower-case letters, digits and `_`, beginning with a letter.
public struct StreamCategory: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let description: String

    /// For literals in code. A wrong one is refused when the first stream is named.
    public init(stringLiteral value: String) { description = value }

    static func isValid(_ text: Substring) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = text.utf8.first, letters.contains(first) else { return false }
        return text.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
    }
}

/// Names the events of one aggregate: `user-0190…`, the category, a hyphen and the aggregate's id.
public struct StreamName: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    private let categoryLength: Int

    /// - Throws: ``NameError`` when the category is wrong or the id is not 1 to 200 of `A–Z a–z 0–9 . _ ~ -`.
    public init(category: StreamCategory, id: String) throws {
        try self.init("\(category)-\(id)")
    }

    /// - Throws: ``NameError``.
    public init(_ text: String) throws {
        guard let hyphen = text.firstIndex(of: "-"), StreamCategory.isValid(text[..<hyphen]) else {
            throw NameError("a stream is named category-id, such as user-42; “\(text.prefix(80))” is not")
        }
        let id = text[text.index(after: hyphen)...]
        guard (1...200).contains(id.utf8.count), id.utf8.allSatisfy(Self.isAllowed), id != ".", id != ".." else {
            throw NameError("an id is 1 to 200 of A–Z a–z 0–9 . _ ~ -, and not . or ..; “\(id.prefix(80))” is not")
        }
        self.init(stored: text)
    }

    /// For names that were checked when they were stored.
    public init(stored text: String) {
        description = text
        let hyphen = text.utf8.firstIndex(of: UInt8(ascii: "-"))
        categoryLength = hyphen.map { text.utf8.distance(from: text.startIndex, to: $0) } ?? 0
    }

    public var category: StreamCategory {
        StreamCategory(stringLiteral: String(Substring(description.utf8.prefix(categoryLength))))
    }

    /// `true` when its category is this one.
    public func isOf(_ category: StreamCategory) -> Bool {
        categoryLength == category.description.utf8.count
            && description.utf8.starts(with: category.description.utf8)
    }

    public var id: String {
        var name = description
        return name.withUTF8 { String(decoding: $0.dropFirst(categoryLength + 1), as: UTF8.self) }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }
}

/// A stream or category name that cannot be.
public struct NameError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
