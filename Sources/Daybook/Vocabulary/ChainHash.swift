/// A link of the tamper-evident chain: 32 bytes of SHA-256, see ``EventChain``.
public struct ChainHash: Hashable, Sendable, CustomStringConvertible {
    // Words and no array: every event carries two of these.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// What the first link follows: 32 zero bytes.
    public static let genesis = ChainHash(words: (0, 0, 0, 0))

    private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// - Returns: `nil` unless there are 32 bytes.
    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
        words = (word(0), word(1), word(2), word(3))
    }

    /// - Returns: `nil` unless there are 32 bytes.
    public init?(bytes: [UInt8]) {
        guard let hash = bytes.withUnsafeBytes({ ChainHash(bytes: $0) }) else { return nil }
        self = hash
    }

    /// Shows the 32 bytes.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    // MARK: Hexadecimal

    /// 64 hexadecimal digits in lower case.
    public var description: String {
        withUnsafeBytes { bytes in
            String(unsafeUninitializedCapacity: 64) { text in
                for (index, byte) in bytes.enumerated() {
                    text[index * 2] = Hexadecimal.digit(byte >> 4)
                    text[index * 2 + 1] = Hexadecimal.digit(byte)
                }
                return 64
            }
        }
    }

    /// - Returns: `nil` unless the text is 64 hexadecimal digits.
    public init?(_ text: String) {
        var text = text
        guard let hash = text.withUTF8({ ChainHash(digits: $0) }) else { return nil }
        self = hash
    }

    /// Two links of a chain, as ``pair(_:_:)`` writes them.
    public static func pair(_ text: String) -> (ChainHash, ChainHash)? {
        var text = text
        return text.withUTF8 { digits in
            guard digits.count == 129, digits[64] == UInt8(ascii: "."),
                let first = ChainHash(digits: UnsafeBufferPointer(rebasing: digits[..<64])),
                let second = ChainHash(digits: UnsafeBufferPointer(rebasing: digits[65...]))
            else { return nil }
            return (first, second)
        }
    }

    /// Two links of a chain as text, with a dot between them.
    public static func pair(_ first: ChainHash, _ second: ChainHash) -> String { "\(first).\(second)" }

    private init?(digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 64 else { return nil }
        func word(_ index: Int) -> UInt64? {
            var word: UInt64 = 0
            for digit in digits[(index * 16)..<(index * 16 + 16)] {
                guard let value = Hexadecimal.value(of: digit) else { return nil }
                word = word << 4 | UInt64(value)
            }
            // As the bytes lie in memory.
            return word.bigEndian
        }
        guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3) else { return nil }
        words = (first, second, third, fourth)
    }

    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) { withUnsafeBytes { hasher.combine(bytes: $0) } }
}

extension ChainHash: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let hash = ChainHash(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a link of a chain")
        }
        self = hash
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
