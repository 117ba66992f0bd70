/// A value inside of another one, whatever it is. Only ``JSON`` reads and writes it: no other coder knows how numbers are
/// written.
extension JSONData: Codable {
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? JSONValueDecoder else {
            let description = "this is read by JSON.decode only"
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: description))
        }
        try self.init(decoder.tape, decoder.index)
    }

    /// - Throws: `EncodingError`.
    public func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? JSONValueEncoder else {
            let description = "this is written by JSON.encode only"
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: description))
        }
        encoder.encode(element)
    }
}
