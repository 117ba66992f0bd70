/// A value in the JSON of an event: numbers keep their digits. Keys that differ in normal form only are refused: they
/// would be one.
public indirect enum JSONData: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// A number as it is written.
    case number(String)
    case text(String)
    case array([JSONData])
    case object([String: JSONData])

    /// - Throws: `DecodingError` when it is no JSON.
    public init(_ bytes: UnsafeRawBufferPointer) throws {
        self = try JSONTape.reading(bytes) { try JSONData($0, 0) }
    }

    init(_ tape: JSONTape, _ index: Int) throws {
        let node = try tape.node(index)
        switch node.kind {
        case .null: self = .null
        case .yes: self = .boolean(true)
        case .no: self = .boolean(false)
        case .number: self = .number(String(decoding: tape.content(node), as: UTF8.self))
        case .string, .escapedString, .tag: self = .text(try tape.text(node))
        case .array:
            var elements: [JSONData] = []
            var next = index + 1
            while next < Int(node.next) {
                elements.append(try JSONData(tape, next))
                next = Int(try tape.node(next).next)
            }
            self = .array(elements)
        case .object:
            if !tape.isASCII { try tape.refuseLookalikes(in: index) }
            var members: [String: JSONData] = [:]
            var next = tape.firstKey(of: index)
            while let place = next {
                let key = try tape.text(tape.node(place))
                if tape.notesReading { tape.noteReading(place) }
                // Of members with one name the first counts, as it does when events are decoded.
                if members[key] == nil { members[key] = try JSONData(tape, place + 1) }
                next = tape.key(after: place, in: index)
            }
            self = .object(members)
        }
    }

    /// The value as it is stored: keys in order, slashes plain.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        element.write(into: &bytes)
        return bytes
    }

    var element: JSONElement {
        switch self {
        case .null: return .null
        case .boolean(let value): return .boolean(value)
        case .number(let digits): return .number(digits)
        case .text(let text): return .text(text)
        case .array(let elements):
            let branch = JSONBranch(isObject: false)
            for element in elements { branch.append(element.element) }
            return .branch(branch)
        case .object(let members):
            let branch = JSONBranch(isObject: true)
            for (key, value) in members { branch.add(key, value.element) }
            return .branch(branch)
        }
    }
}

extension JSONData: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .number(String(value)) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(nilLiteral: ()) { self = .null }
}
