/// A value on its way into a JSON document.
enum JSONElement {
    case null
    case boolean(Bool)
    /// A number as it is written.
    case number(String)
    case text(String)
    /// JSON that is written already.
    case written([UInt8])
    case branch(JSONBranch)

    func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .number(let digits): bytes += digits.utf8
        case .text(let text): Self.write(text, into: &bytes)
        case .written(let json): bytes += json
        case .branch(let branch): branch.write(into: &bytes)
        }
    }

    fileprivate static func write(_ text: String, into bytes: inout [UInt8]) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { text in
            if text.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                bytes += text
            } else {
                for byte in text { escape(byte, into: &bytes) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8, into bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0x08: bytes += #"\b"#.utf8
        case 0x09: bytes += #"\t"#.utf8
        case 0x0a: bytes += #"\n"#.utf8
        case 0x0c: bytes += #"\f"#.utf8
        case 0x0d: bytes += #"\r"#.utf8
        case 0..<0x20:
            bytes += #"\u00"#.utf8
            bytes += [Hexadecimal.digit(byte >> 4), Hexadecimal.digit(byte)]
        default: bytes.append(byte)
        }
    }
}

/// An object or an array that is being filled.
final class JSONBranch {
    /// The keys of an object; `nil` in an array.
    private(set) var keys: [String]?
    private(set) var elements: [JSONElement] = []
    /// The places of the first keys, once there are many.
    private var places: [JSONName: Int] = [:]
    /// The number of keys that are looked along one after the other.
    private static let fewKeys = 32

    init(isObject: Bool) { keys = isObject ? [] : nil }

    /// The object or array at a key, should there be one.
    func branch(at key: String) -> JSONBranch? {
        guard let place = place(of: key), case .branch(let branch) = elements[place] else { return nil }
        return branch
    }

    /// Sets a member of an object. The last value of a key counts.
    func set(_ key: String, to element: JSONElement) {
        if let place = place(of: key) {
            elements[place] = element
        } else {
            keys?.append(key)
            elements.append(element)
        }
    }

    private func place(of key: String) -> Int? {
        guard let keys else { return nil }
        guard keys.count > Self.fewKeys else { return keys.firstIndex { $0.hasBytes(of: key) } }
        for place in places.count..<keys.count { places[JSONName(keys[place])] = place }
        return places[JSONName(key)]
    }

    /// Adds a member that an object does not have yet.
    func add(_ key: String, _ element: JSONElement) {
        keys?.append(key)
        elements.append(element)
    }

    /// Appends to an array.
    ///
    /// - Returns: The element's place.
    @discardableResult
    func append(_ element: JSONElement) -> Int {
        elements.append(element)
        return elements.count - 1
    }

    func replace(_ place: Int, with element: JSONElement) { elements[place] = element }

    func write(into bytes: inout [UInt8]) {
        guard let keys else {
            bytes.append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
            return
        }
        bytes.append(UInt8(ascii: "{"))
        let order = keys.count < 2 ? Array(keys.indices) : keys.indices.sorted { keys[$0] < keys[$1] }
        for (place, member) in order.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONElement.write(keys[member], into: &bytes)
            bytes.append(UInt8(ascii: ":"))
            elements[member].write(into: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}
