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
        _ type: Value.Type, tag: some StringProtocol, payload: [UInt8]
    ) throws -> Value {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + tag.utf8.count + 6)
        bytes += "{\"".utf8
        bytes += tag.utf8
        bytes += "\":".utf8
        bytes += payload.isEmpty ? Array("{}".utf8) : payload
        bytes.append(UInt8(ascii: "}"))
        return try JSON.decode(type, from: bytes)
    }
}
