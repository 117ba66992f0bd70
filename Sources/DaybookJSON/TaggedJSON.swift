/// Splits the JSON of an enum, `{"email-changed":{"newEmail":…}}`, in its type and its payload, and puts it together.
///
/// Synthesised `Codable` writes an enum with associated values as an object with one key, the case's coding key.
public enum TaggedJSON {
    public static func encode(_ value: some Encodable) throws -> (type: String, payload: [UInt8]) {
        let bytes = try JSON.encode(value)
        guard bytes.first == UInt8(ascii: "{"), bytes.count > 4, bytes[1] == UInt8(ascii: "\""),
            let end = bytes[2...].firstIndex(of: UInt8(ascii: "\"")), end + 1 < bytes.count,
            bytes[end + 1] == UInt8(ascii: ":")
        else {
            throw EncodingError.invalidValue(
                value,
                .init(codingPath: [], debugDescription: "\(type(of: value)) is not an enum with labelled payloads"))
        }
        return (String(decoding: bytes[2..<end], as: UTF8.self), Array(bytes[(end + 2)..<(bytes.count - 1)]))
    }

    public static func decode<Value: Decodable>(
        _ type: Value.Type, tag: String, payload: ArraySlice<UInt8>
    ) throws -> Value {
        try payload.withUnsafeBytes { try decode(type, tag: tag, payload: $0) }
    }

    /// - Throws: ``UnknownCase``, `DecodingError`.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, tag: String, payload: UnsafeRawBufferPointer
    ) throws -> Value {
        do {
            return try JSONTape.reading(payload, tag: tag) { tape in
                try JSONValueDecoder(tape: tape, index: 0).decode(type)
            }
        } catch let error as DecodingError {
            throw clearer(error, tag)
        }
    }

    /// Says what synthesised `Codable` means when it finds no key that it knows.
    static func clearer(_ error: DecodingError, _ tag: String) -> any Error {
        guard case .typeMismatch(_, let context) = error, context.codingPath.isEmpty else { return error }
        return UnknownCase(key: tag)
    }
}

/// A key that no case of an enum has.
public struct UnknownCase: Error, Sendable, Hashable, CustomStringConvertible {
    public let key: String

    public var description: String { "no case has the key “\(key)”" }
}
