import Crypto
import Foundation

/// The tags by which an event is found besides its stream and its type: `email:ada@example.com`.
public struct Tag: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    public var description: String { "\(name):\(value)" }
}

/// A tag as a store keeps it: nobody who reads the store's file sees what its events are tagged with.
public struct TagHash: Sendable, Hashable, Comparable {
    /// The bytes of one.
    public static let size = 16
    private let words: (UInt64, UInt64)

    /// - Parameter bytes: At least ``size`` of them.
    init(_ bytes: UnsafeRawBufferPointer) {
        words = (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// Those that stand one after the other, as they do beside an event. What is left over at the end is dropped.
    public static func all(in bytes: [UInt8]) -> [TagHash] {
        bytes.withUnsafeBytes { bytes in
            stride(from: 0, through: bytes.count - size, by: size).map {
                TagHash(UnsafeRawBufferPointer(rebasing: bytes[$0...]))
            }
        }
    }

    /// Shows the bytes.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    /// The first of the bytes, by which hashes divide evenly.
    public var firstByte: UInt8 { UInt8(words.0.bigEndian >> 56) }

    /// In the order of their bytes.
    public static func < (left: TagHash, right: TagHash) -> Bool {
        (left.words.0.bigEndian, left.words.1.bigEndian) < (right.words.0.bigEndian, right.words.1.bigEndian)
    }

    public static func == (left: TagHash, right: TagHash) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// The secret with which a store hashes what it must find again without showing it.
public struct TagKey: Sendable {
    /// The beginning of every hash.
    private let start: HMAC<SHA256>

    /// - Parameter bytes: 32 random bytes.
    public init(bytes: [UInt8]) { start = HMAC<SHA256>(key: SymmetricKey(data: bytes)) }

    /// A new one.
    public static func random() -> [UInt8] { SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) } }

    /// The first 16 bytes of HMAC-SHA256 over the length of the name, the name and the value, in normalization form C.
    public func hash(_ tag: Tag) -> TagHash {
        var text = tag.value
        if !text.utf8.allSatisfy({ $0 < 0x80 }) { text = text.precomposedStringWithCanonicalMapping }
        return hash("\(tag.name.utf8.count):\(tag.name)\(text)".utf8).withUnsafeBytes { TagHash($0) }
    }

    /// HMAC-SHA256 over what was asked, so that a short body cannot be guessed from it.
    public func hash(request: [UInt8]) -> [UInt8] { Array(hash(request)) }

    /// Tells two keys apart, and nothing else of them.
    public var fingerprint: String {
        Hexadecimal.text(of: hash("fingerprint".utf8).prefix(8))
    }

    private func hash(_ bytes: some Sequence<UInt8>) -> HMAC<SHA256>.MAC {
        var code = start
        code.update(data: Array(bytes))
        return code.finalize()
    }
}

extension [Tag] {
    /// As they stand beside their event in a store: their hashes in order, each once.
    public func hashes(under key: TagKey) -> [TagHash] {
        var known: Set<TagHash> = []
        return map { key.hash($0) }.filter { known.insert($0).inserted }
    }

    func bytes(under key: TagKey) -> [UInt8] { hashes(under: key).bytes }
}

extension [TagHash] {
    /// One after the other.
    public var bytes: [UInt8] { flatMap { $0.withUnsafeBytes { [UInt8]($0) } } }
}
