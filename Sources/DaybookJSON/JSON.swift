/// JSON as Daybook writes it: keys sorted, slashes plain, so that equal values are equal bytes.
public enum JSON {
    /// - Throws: `EncodingError`.
    public static func encode(_ value: some Encodable) throws -> [UInt8] { try JSONValueEncoder.encode(value) }

    /// - Throws: `DecodingError`.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try bytes.withUnsafeBytes { document in
            try JSONTape.reading(document) { try JSONValueDecoder(tape: $0, index: 0).decode(type) }
        }
    }
}
