/// Checks a JSON document (RFC 8259) and notes its values.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    /// `true` when all strings are of ASCII, also those that escapes stand for.
    private(set) var isASCII = true
    var nodes: [JSONTape.Node]

    private static let deepest = 512

    /// - Parameter nodes: An empty array whose room is used again.
    init(_ bytes: UnsafeRawBufferPointer, nodes: [JSONTape.Node]) {
        self.bytes = bytes
        self.nodes = nodes
    }

    /// - Throws: `DecodingError.dataCorrupted`.
    mutating func scan(isTagged: Bool) throws {
        if isTagged {
            add(.object, parent: -1, from: 0)
            add(.tag, parent: 0, from: 0)
            if bytes.isEmpty { add(.object, parent: 0, from: 0) } else { try document(parent: 0) }
            close(0)
            close(1, next: 2)
            if bytes.isEmpty { close(2) }
        } else {
            try document(parent: -1)
        }
    }

    private mutating func document(parent: Int32) throws {
        skipSpace()
        try value(parent: parent, depth: 1)
        skipSpace()
        guard at == bytes.count else { throw wrong("something follows the value") }
        guard isASCII || String(validating: bytes, as: UTF8.self) != nil else { throw wrong("not UTF-8") }
    }

    // MARK: Values

    private mutating func value(parent: Int32, depth: Int) throws {
        guard at < bytes.count else { throw wrong("the document breaks off") }
        switch bytes[at] {
        case UInt8(ascii: "{"): try object(parent, depth)
        case UInt8(ascii: "["): try array(parent, depth)
        case UInt8(ascii: "\""): try string(parent)
        case UInt8(ascii: "t"): try word("true", .yes, parent)
        case UInt8(ascii: "f"): try word("false", .no, parent)
        case UInt8(ascii: "n"): try word("null", .null, parent)
        default: try number(parent)
        }
    }

    private mutating func object(_ parent: Int32, _ depth: Int) throws {
        let index = try open(.object, parent, depth)
        if take(UInt8(ascii: "}")) { return close(index) }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw wrong("a key is missing") }
            try string(Int32(index))
            guard take(UInt8(ascii: ":")) else { throw wrong("a colon is missing") }
            skipSpace()
            try value(parent: Int32(index), depth: depth + 1)
            if take(UInt8(ascii: "}")) { return close(index) }
            guard take(UInt8(ascii: ",")) else { throw wrong("a comma or } is missing") }
        }
    }

    private mutating func array(_ parent: Int32, _ depth: Int) throws {
        let index = try open(.array, parent, depth)
        if take(UInt8(ascii: "]")) { return close(index) }
        while true {
            skipSpace()
            try value(parent: Int32(index), depth: depth + 1)
            if take(UInt8(ascii: "]")) { return close(index) }
            guard take(UInt8(ascii: ",")) else { throw wrong("a comma or ] is missing") }
        }
    }

    private mutating func string(_ parent: Int32) throws {
        at += 1
        let start = at
        var isEscaped = false
        skipPlain()
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                if isEscaped { _ = try JSONEscapes.text(UnsafeRawBufferPointer(rebasing: bytes[start..<at])) }
                add(isEscaped ? .escapedString : .string, parent: parent, from: start)
                at += 1
                return
            case UInt8(ascii: "\\"):
                isEscaped = true
                if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u") { isASCII = false }
                at += 2
                skipPlain()
            case ..<0x20: throw wrong("a control character in a string")
            case let byte:
                isASCII = isASCII && byte < 0x80
                at += 1
            }
        }
        throw wrong("a string without an end")
    }

    /// Passes characters of ASCII that stand for themselves in a string, eight bytes at a time; it may stop before others
    /// of them.
    private mutating func skipPlain() {
        let (ones, tops) = (UInt64(0x0101_0101_0101_0101), UInt64(0x8080_8080_8080_8080))
        // Sets the top bit of each byte below a limit of at most 128. Bytes after the first such one may have it wrongly.
        func below(_ limit: UInt8, _ word: UInt64) -> UInt64 { (word &- ones &* UInt64(limit)) & ~word }
        while at + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let quotes = below(1, word ^ ones &* UInt64(UInt8(ascii: "\"")))
            let backslashes = below(1, word ^ ones &* UInt64(UInt8(ascii: "\\")))
            let special = (word | below(32, word) | quotes | backslashes) & tops
            guard special == 0 else {
                at += special.trailingZeroBitCount / 8
                return
            }
            at += 8
        }
    }

    private mutating func word(_ word: StaticString, _ kind: JSONTape.Node.Kind, _ parent: Int32) throws {
        let (start, count) = (at, word.utf8CodeUnitCount)
        guard at + count <= bytes.count,
            bytes[at..<(at + count)].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: count))
        else { throw wrong("not a value") }
        at += count
        add(kind, parent: parent, from: start)
    }

    private mutating func number(_ parent: Int32) throws {
        let start = at
        if peek == UInt8(ascii: "-") { at += 1 }
        if peek == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            at += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        add(.number, parent: parent, from: start)
    }

    private mutating func digits() throws {
        let start = at
        while at < bytes.count, (48...57).contains(bytes[at]) { at += 1 }
        guard at > start else { throw wrong("not a value") }
    }

    // MARK: Bytes and nodes

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x09, 0x0a, 0x0d: at += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func open(_ kind: JSONTape.Node.Kind, _ parent: Int32, _ depth: Int) throws -> Int {
        guard depth <= Self.deepest else { throw wrong("nested too deeply") }
        let index = nodes.count
        add(kind, parent: parent, from: at)
        at += 1
        return index
    }

    private mutating func add(_ kind: JSONTape.Node.Kind, parent: Int32, from start: Int) {
        nodes.append(
            JSONTape.Node(
                kind: kind, parent: parent, start: Int32(start), end: Int32(at), next: Int32(nodes.count + 1)))
    }

    private mutating func close(_ index: Int, next: Int? = nil) {
        nodes[index].end = Int32(at)
        nodes[index].next = Int32(next ?? nodes.count)
    }

    private func wrong(_ what: String) -> DecodingError { JSONTape.corrupted("\(what), at byte \(at)") }
}

/// Reads strings with escapes.
enum JSONEscapes {
    /// - Parameter content: What is between the quotes.
    static func text(_ content: UnsafeRawBufferPointer) throws -> String {
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        var at = 0
        while at < content.count {
            guard content[at] == UInt8(ascii: "\\") else {
                text.append(content[at])
                at += 1
                continue
            }
            at += 1
            switch at < content.count ? content[at] : 0 {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(content[at])
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0c)
            case UInt8(ascii: "n"): text.append(0x0a)
            case UInt8(ascii: "r"): text.append(0x0d)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"): text += String(Character(try scalar(content, &at))).utf8
            default: throw JSONTape.corrupted("an escape that JSON does not know")
            }
            at += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads `uXXXX`, or two of them that make a pair; stops at the last digit.
    private static func scalar(_ content: UnsafeRawBufferPointer, _ at: inout Int) throws -> Unicode.Scalar {
        let first = try unit(content, at + 1)
        at += 4
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), at + 2 < content.count, content[at + 1] == UInt8(ascii: "\\"),
            content[at + 2] == UInt8(ascii: "u")
        else { throw JSONTape.corrupted("half of a surrogate pair") }
        let second = try unit(content, at + 3)
        guard UTF16.isTrailSurrogate(second) else { throw JSONTape.corrupted("half of a surrogate pair") }
        at += 6
        let value = 0x10000 + (UInt32(first & 0x3ff) << 10 | UInt32(second & 0x3ff))
        return Unicode.Scalar(value) ?? "\u{fffd}"
    }

    private static func unit(_ content: UnsafeRawBufferPointer, _ start: Int) throws -> UInt16 {
        guard start + 4 <= content.count else { throw JSONTape.corrupted("an escape that breaks off") }
        var value: UInt16 = 0
        for byte in content[start..<(start + 4)] {
            guard let digit = Hexadecimal.value(of: byte) else { throw JSONTape.corrupted("not a hexadecimal digit") }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}
