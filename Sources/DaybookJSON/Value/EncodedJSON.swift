/// JSON that is encoded already: ``JSON/encode(_:)`` writes its bytes as they are, and ``JSON/decode(_:from:)`` takes
/// those that it finds. Two of them are equal when their bytes are.
public struct EncodedJSON: Sendable, Hashable {
    /// One JSON value.
    public let bytes: [UInt8]

    /// - Parameter bytes: One JSON value, which nothing checks.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The value in the bytes.
    ///
    /// - Throws: `DecodingError` when they are no JSON.
    public func value() throws -> JSONData { try bytes.withUnsafeBytes { try JSONData($0) } }
}

/// Only ``JSON`` reads and writes it, as with ``JSONData``.
extension EncodedJSON: Codable {
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? JSONValueDecoder else {
            let description = "this is read by JSON.decode only"
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: description))
        }
        let (tape, index) = (decoder.tape, decoder.index)
        // Names that are noted are read one by one, and a tag stands nowhere in the bytes.
        if tape.notesReading || !tape.tag.isEmpty {
            bytes = try JSONData(tape, index).bytes
            return
        }
        let node = try tape.node(index)
        let quotes: Int32 = node.kind == .string || node.kind == .escapedString ? 1 : 0
        bytes = Array(tape.bytes[Int(node.start - quotes)..<Int(node.end + quotes)])
    }

    /// - Throws: `EncodingError`.
    public func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? JSONValueEncoder else {
            let description = "this is written by JSON.encode only"
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: description))
        }
        encoder.encode(JSONElement.written(bytes))
    }
}
