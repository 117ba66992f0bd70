/// An object of texts that need no escapes, written and read without a coder: every event has one.
package struct PlainJSON {
    private var bytes: [UInt8] = []
    private var isPlain = true

    package init() { bytes.reserveCapacity(256) }

    package mutating func member(_ name: StaticString, _ value: String?) {
        guard var value else { return }
        bytes.append(bytes.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
        bytes.append(UInt8(ascii: "\""))
        bytes += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: "\""))
        value.withUTF8 { text in
            isPlain = isPlain && text.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            bytes += text
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// - Returns: `nil` when something would have to be escaped.
    package consuming func finished() -> [UInt8]? { isPlain ? bytes + [UInt8(ascii: "}")] : nil }

    /// The members of an object that was written so.
    ///
    /// - Returns: `nil` for any other document, which needs a decoder.
    package static func members(of bytes: [UInt8]) -> [String: String]? {
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\\") }), bytes.first == UInt8(ascii: "{") else {
            return nil
        }
        var members: [String: String] = [:]
        var at = 0
        while at < bytes.count - 1 {
            guard at == 0 || bytes[at] == UInt8(ascii: ","), let name = text(in: bytes, from: at + 1),
                name.end < bytes.count, bytes[name.end] == UInt8(ascii: ":"),
                let value = text(in: bytes, from: name.end + 1)
            else { return nil }
            members[name.text] = value.text
            at = value.end
        }
        return at == bytes.count - 1 && bytes[at] == UInt8(ascii: "}") ? members : nil
    }

    /// The text in quotes that begins at a place, and where it ends.
    private static func text(in bytes: [UInt8], from start: Int) -> (text: String, end: Int)? {
        let quote = UInt8(ascii: "\"")
        guard start < bytes.count, bytes[start] == quote,
            let end = bytes[(start + 1)...].firstIndex(of: quote),
            let text = String(validating: bytes[(start + 1)..<end], as: UTF8.self)
        else { return nil }
        return (text, end + 1)
    }
}
