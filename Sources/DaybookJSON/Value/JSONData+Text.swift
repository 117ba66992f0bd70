extension JSONData {
    /// The value over several lines, indented, keys in order: for people, and for files under version control.
    public var indented: String {
        var text = ""
        write(into: &text, line: "\n")
        return text
    }

    /// - Parameter line: The end of a line and what stands before the next one's content.
    private func write(into text: inout String, line: String) {
        let inner = line + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            text += "["
            for (place, element) in elements.enumerated() {
                text += (place == 0 ? "" : ",") + inner
                element.write(into: &text, line: inner)
            }
            text += line + "]"
        case .object(let members) where !members.isEmpty:
            text += "{"
            for (place, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                text += (place == 0 ? "" : ",") + inner + "\(JSONData.text(member.key).line): "
                member.value.write(into: &text, line: inner)
            }
            text += line + "}"
        default: text += self.line
        }
    }

    /// The value on one line.
    public var line: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSONData: ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(arrayLiteral elements: JSONData...) { self = .array(elements) }

    /// Of members with one name the last counts.
    public init(dictionaryLiteral members: (String, JSONData)...) {
        self = .object(Dictionary(members) { _, last in last })
    }
}
