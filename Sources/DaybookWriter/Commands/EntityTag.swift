/// An entity tag, as `If-Match` has it (RFC 9110, section 8.8.3): `"3"`, or `W/"3"`.
struct EntityTag: Equatable {
    var isWeak: Bool
    /// The text between the quotes.
    var opaque: String

    /// The version of a stream that it stands for: that of an answer's `ETag`. A weak tag matches none, nor does one that
    /// no answer has.
    var version: Int64? {
        guard !isWeak, let version = Int64(opaque), version >= 0, String(version) == opaque else { return nil }
        return version
    }

    /// Reads a list of tags, which may have empty elements; `nil` when the text is none.
    static func list(_ text: String) -> [EntityTag]? {
        var rest = Substring(text).utf8
        var tags: [EntityTag] = []
        while true {
            rest = rest.drop { isSpace($0) || $0 == UInt8(ascii: ",") }
            if rest.isEmpty { return tags.isEmpty ? nil : tags }
            guard let tag = take(from: &rest) else { return nil }
            tags.append(tag)
            rest = rest.drop(while: isSpace)
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
        }
    }

    private static func take(from rest: inout Substring.UTF8View) -> EntityTag? {
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        let inside = rest.dropFirst()
        guard let end = inside.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        let opaque = inside[..<end]
        // Anything but spaces and control characters.
        guard opaque.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        rest = inside[inside.index(after: end)...]
        return EntityTag(isWeak: isWeak, opaque: String(Substring(opaque)))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
