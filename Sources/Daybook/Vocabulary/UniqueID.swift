import Synchronization

/// 128 bits that no one else has, written as a UUID in lower case.
///
/// New ones are UUIDv7: they begin with the time, so that ids made one after another lie beside each other in an
/// index.
public struct UniqueID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    private static let last = Mutex<UInt64>(0)

    /// A new UUIDv7. Inside one process each is greater than the one before.
    public static func new(at time: Timestamp = .now()) -> UniqueID {
        // 48 bits of milliseconds, then 12 bits that count inside one.
        let now = UInt64(max(0, time.microseconds / 1000)) << 12
        let stamp = last.withLock { last in
            last = max(now, last + 1)
            return last
        }
        let high = (stamp >> 12) << 16 | 0x7000 | (stamp & 0xfff)
        return UniqueID(high: high, low: UInt64.random(in: 0...UInt64.max) >> 2 | 0x8000_0000_0000_0000)
    }

    /// The time when it was made, to the millisecond; `nil` for one that is no UUIDv7.
    public var time: Timestamp? {
        guard high >> 12 & 0xf == 7 else { return nil }
        return Timestamp(microseconds: Int64(high >> 16) * 1000)
    }

    public init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ UniqueID(digits: $0) }) else { return nil }
        self = id
    }

    private init?(digits text: UnsafeBufferPointer<UInt8>) {
        guard text.count == 36 else { return nil }
        var (high, low, digits): (UInt64, UInt64, Int) = (0, 0, 0)
        for index in 0..<36 {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard text[index] == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Hexadecimal.value(of: text[index]).map(UInt64.init) else { return nil }
            if digits < 16 { high = high << 4 | digit } else { low = low << 4 | digit }
            digits += 1
        }
        self.init(high: high, low: low)
    }

    /// - Parameter bytes: 16 of them, most significant first.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// Shows the 16 bytes, most significant first.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(of: (high.bigEndian, low.bigEndian), body)
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var at = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[at] = UInt8(ascii: "-")
                    at += 1
                }
                let word = nibble < 16 ? high : low
                buffer[at] = Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (nibble % 16))))
                at += 1
            }
            return 36
        }
    }

    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

extension UniqueID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = UniqueID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Names an event for ever.
public typealias EventID = UniqueID

/// The identity of one store's log. A restore or an import makes a new one.
public typealias Epoch = UniqueID
