import Daybook

extension JSONData {
    /// A whole number.
    static func integer(_ value: some BinaryInteger) -> JSONData { .number(String(value)) }

    /// The value that a text stands for; `nil` when that is no JSON.
    init?(text: String) {
        guard let value = try? EncodedJSON(Array(text.utf8)).value() else { return nil }
        self = value
    }

    /// The value that stands for another one in JSON.
    ///
    /// - Throws: `EncodingError`.
    init(encoding value: some Encodable) throws {
        self = try EncodedJSON(JSON.encode(value)).value()
    }
}

extension EncodedJSON {
    /// The value on one line with its members in order, or the bytes as they are where it is no value.
    var line: String { (try? value().line) ?? String(decoding: bytes, as: UTF8.self) }
}
