/// A member of an object in JSON that a caller has sent and that cannot be taken. Its path has the names on the way to
/// it, without places in arrays: `address.street`.
public enum MemberError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The code that reads the object does not know the member.
    case unknown(path: String)
    /// The object has two members of this name. Names of the same characters are the same, however they are composed.
    case repeated(path: String)

    public var path: String {
        switch self {
        case .unknown(let path), .repeated(let path): path
        }
    }

    public var description: String {
        switch self {
        case .unknown(let path): "\(path): there is no such member"
        case .repeated(let path): "\(path): the member is there twice"
        }
    }
}

extension JSON {
    /// Decodes what a caller has sent. Unlike ``decode(_:from:)`` it drops nothing: every member must be one that the
    /// type asks for, in objects inside too, and be there once.
    ///
    /// - Throws: ``MemberError``, `DecodingError`.
    public static func decodeAll<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try bytes.withUnsafeBytes { try JSONTape.decodeAll(type, from: $0, tag: nil) { _ in false } }
    }
}

extension TaggedJSON {
    /// Decodes the payload that a caller has sent for a case. Unlike ``decode(_:tag:payload:)`` it drops nothing: every
    /// member must be one that the type asks for, in objects inside too, and be there once.
    ///
    /// - Parameter isIgnored: Tells by its path whether a member may be there though nothing asks for it.
    /// - Throws: ``MemberError``, ``UnknownCase``, `DecodingError`.
    public static func decodeAll<Value: Decodable>(
        _ type: Value.Type, tag: String, payload: [UInt8], ignoring isIgnored: (String) -> Bool = { _ in false }
    ) throws -> Value {
        do {
            return try payload.withUnsafeBytes {
                try JSONTape.decodeAll(type, from: $0, tag: tag, ignoring: isIgnored)
            }
        } catch let error as DecodingError {
            throw clearer(error, tag)
        }
    }
}

extension JSONTape {
    fileprivate static func decodeAll<Value: Decodable>(
        _ type: Value.Type, from document: UnsafeRawBufferPointer, tag: String?, ignoring isIgnored: (String) -> Bool
    ) throws -> Value {
        try reading(document, tag: tag, notesReading: true) { tape in
            for index in tape.nodes.indices { try tape.requireDifferentKeys(in: index) }
            let value = try JSONValueDecoder(tape: tape, index: 0).decode(type)
            try tape.requireReading(of: 0, ignoring: isIgnored)
            return value
        }
    }

    /// - Throws: ``MemberError/repeated(path:)``.
    private func requireDifferentKeys(in object: Int) throws {
        guard let first = firstKey(of: object), key(after: first, in: object) != nil else { return }
        var names: Set<String> = []
        var next: Int? = first
        while let place = next {
            guard names.insert(try text(nodes[place])).inserted else {
                throw MemberError.repeated(path: memberPath(to: place))
            }
            next = key(after: place, in: object)
        }
    }

    /// - Throws: ``MemberError/unknown(path:)`` of the first member in a value that nothing asked for.
    private func requireReading(of value: Int, ignoring isIgnored: (String) -> Bool) throws {
        let node = nodes[value]
        switch node.kind {
        case .object:
            var next = firstKey(of: value)
            while let place = next {
                next = key(after: place, in: value)
                if nodes[place].isRead {
                    try requireReading(of: place + 1, ignoring: isIgnored)
                } else if case let path = memberPath(to: place), !isIgnored(path) {
                    throw MemberError.unknown(path: path)
                }
            }
        case .array:
            var element = value + 1
            while element < Int(node.next) {
                try requireReading(of: element, ignoring: isIgnored)
                element = Int(nodes[element].next)
            }
        default: return
        }
    }

    /// The names on the way to a key, without the tag.
    private func memberPath(to key: Int) -> String {
        var names = [(try? text(nodes[key])) ?? ""]
        var at = Int(nodes[key].parent)
        while at > 0, case let parent = Int(nodes[at].parent), parent >= 0 {
            let isMember = nodes[parent].kind == .object && nodes[at - 1].kind != .tag
            if isMember { names.append((try? text(nodes[at - 1])) ?? "") }
            at = parent
        }
        return names.reversed().joined(separator: ".")
    }
}
