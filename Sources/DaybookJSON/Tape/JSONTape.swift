import Glibc

/// The values of one JSON document, one after the other, as their places in its bytes.
///
/// One pass checks the whole document and notes where each value is; what is asked for is then read from its place.
final class JSONTape: @unchecked Sendable {
    // Unchecked, also for exclusive access: a tape is either in the pool, where nobody refers to it, or with the one
    // thread that took it, which changes it before it shows it, or while it decodes from it.
    struct Node {
        enum Kind {
            case object, array, string, escapedString, number, yes, no, null
            /// The one key of a document whose tag is given beside it.
            case tag
        }

        let kind: Kind
        /// `true` for a key that was asked for, where that is noted.
        var isRead = false
        /// The object or array that it is in; −1 at the root.
        let parent: Int32
        /// Its bytes; those of a string are without the quotes.
        var start: Int32
        var end: Int32
        /// The node after it and all that is in it.
        var next: Int32
    }

    @exclusivity(unchecked) private(set) var nodes: [Node] = []
    @exclusivity(unchecked) private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    @exclusivity(unchecked) private(set) var tag = ""
    /// `true` while it is noted which keys are asked for.
    @exclusivity(unchecked) private(set) var notesReading = false
    /// `true` when all strings are of ASCII.
    @exclusivity(unchecked) private(set) var isASCII = true
    /// The number of nodes that an object may have for keys to be looked up one after the other.
    private static let fewNodes = 256
    /// The values by key of the objects with more nodes in which one was looked up.
    @exclusivity(unchecked) private var values: [Int: [JSONName: Int]] = [:]

    private static let slots = Slots(16)
    /// The pool: a tape for each slot, or none. It belongs to the one who took the slot.
    nonisolated(unsafe) private static let pool: UnsafeMutablePointer<JSONTape?> = {
        let pool = UnsafeMutablePointer<JSONTape?>.allocate(capacity: slots.count)
        pool.initialize(repeating: nil, count: slots.count)
        return pool
    }()

    /// Lends a tape of the document; with a tag, of `{"tag": document}`, in which an empty document is `{}`.
    static func reading<Result>(
        _ document: UnsafeRawBufferPointer, tag: String? = nil, notesReading: Bool = false,
        _ body: (JSONTape) throws -> Result
    ) throws -> Result {
        let slot = slots.take()
        var tape = slot.flatMap { pool[$0].take() } ?? JSONTape()
        defer {
            // Whoever kept a decoder finds nothing any more, and no other document either.
            tape.nodes.removeAll(keepingCapacity: true)
            if !tape.values.isEmpty { tape.values = [:] }
            tape.bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            if let slot {
                if isKnownUniquelyReferenced(&tape) { pool[slot] = tape }
                slots.giveBack(slot)
            }
        }
        guard document.count < Int32.max else { throw JSONTape.corrupted("a document of 2 GiB or more") }
        tape.bytes = document
        var scanner = JSONScanner(document, nodes: tape.nodes)
        tape.nodes = []
        try scanner.scan(isTagged: tag != nil)
        tape.nodes = scanner.nodes
        scanner.nodes = []
        tape.isASCII = scanner.isASCII
        tape.tag = tag ?? ""
        tape.notesReading = notesReading
        return try body(tape)
    }

    // MARK: Values

    /// - Throws: `DecodingError` when the document is gone.
    func node(_ index: Int) throws -> Node {
        guard index < nodes.count else { throw Self.corrupted("the decoder was kept after its document was read") }
        return nodes[index]
    }

    func content(_ node: Node) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(node.start)..<Int(node.end)])
    }

    func text(_ node: Node) throws -> String {
        switch node.kind {
        case .tag: return tag
        case .escapedString: return try JSONEscapes.text(content(node))
        default: return String(decoding: content(node), as: UTF8.self)
        }
    }

    func isKey(_ node: Node, _ key: String) -> Bool {
        switch node.kind {
        case .tag: return tag.hasBytes(of: key)
        case .escapedString: return (try? text(node))?.hasBytes(of: key) ?? false
        default:
            var key = key
            let content = content(node)
            return key.withUTF8 { key in
                key.count == content.count
                    && (key.isEmpty || memcmp(key.baseAddress!, content.baseAddress!, key.count) == 0)
            }
        }
    }

    /// The place of an object's first key.
    func firstKey(of object: Int) -> Int? {
        guard object < nodes.count, nodes[object].kind == .object, object + 1 < Int(nodes[object].next) else {
            return nil
        }
        return object + 1
    }

    /// The place of the key after another one.
    func key(after key: Int, in object: Int) -> Int? {
        let next = Int(nodes[key + 1].next)
        return next < Int(nodes[object].next) ? next : nil
    }

    /// The value of a key; of the first one, should there be several.
    func value(of key: String, in object: Int) -> Int? {
        guard let first = firstKey(of: object) else { return nil }
        if Int(nodes[object].next) - object > Self.fewNodes { return value(of: key, amongManyIn: object) }
        var next: Int? = first
        while let place = next {
            if isKey(nodes[place], key) {
                if notesReading { noteReading(place) }
                return place + 1
            }
            next = self.key(after: place, in: object)
        }
        return nil
    }

    private func value(of key: String, amongManyIn object: Int) -> Int? {
        if values[object] == nil { values[object] = valuesByKey(in: object) }
        guard let value = values[object]?[JSONName(key)] else { return nil }
        if notesReading { noteReading(value - 1) }
        return value
    }

    /// Notes that the key at a place is known to the code that reads the document. For those who want it noted.
    func noteReading(_ place: Int) { nodes[place].isRead = true }

    /// The values of an object by key, the first one each.
    private func valuesByKey(in object: Int) -> [JSONName: Int] {
        var values: [JSONName: Int] = [:]
        var next = firstKey(of: object)
        while let place = next {
            next = key(after: place, in: object)
            guard let text = try? text(nodes[place]) else { continue }
            let name = JSONName(text)
            if values[name] == nil { values[name] = place + 1 }
        }
        return values
    }

    /// Refuses two keys that differ in normal form only: in a dictionary of Swift they would be one.
    ///
    /// - Throws: `DecodingError`.
    func refuseLookalikes(in object: Int) throws {
        var names: [String: JSONName] = [:]
        var next = firstKey(of: object)
        while let place = next {
            next = key(after: place, in: object)
            let node = nodes[place]
            guard node.kind == .escapedString || content(node).contains(where: { $0 >= 0x80 }) else { continue }
            let key = try text(node)
            let name = JSONName(key)
            guard names.updateValue(name, forKey: key) ?? name == name else {
                let path = path(to: object)
                throw Self.corrupted("there are two keys “\(key)”, which differ in normal form only", at: path)
            }
        }
    }

    // MARK: Places, for those who ask

    /// The way from the root to a value.
    func path(to index: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var at = index
        while at < nodes.count, nodes[at].parent >= 0 {
            let parent = Int(nodes[at].parent)
            if nodes[parent].kind == .object {
                path.append(JSONKey(stringValue: (try? text(nodes[at - 1])) ?? ""))
            } else {
                var (place, element) = (0, parent + 1)
                while element < at {
                    element = Int(nodes[element].next)
                    place += 1
                }
                path.append(JSONKey(intValue: place))
            }
            at = parent
        }
        return path.reversed()
    }

    static func corrupted(_ message: String, at path: [any CodingKey] = []) -> DecodingError {
        .dataCorrupted(.init(codingPath: path, debugDescription: message))
    }
}

/// A step of a coding path.
struct JSONKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) { (self.stringValue, intValue) = (stringValue, nil) }

    init(intValue: Int) { (stringValue, self.intValue) = ("Index \(intValue)", intValue) }
}
