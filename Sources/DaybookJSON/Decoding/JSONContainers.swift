/// An object of a ``JSONTape``.
struct JSONKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let tape: JSONTape
    let index: Int

    /// - Throws: `DecodingError` when two keys differ in normal form only.
    init(tape: JSONTape, index: Int) throws {
        self.tape = tape
        self.index = index
        if !tape.isASCII { try tape.refuseLookalikes(in: index) }
    }

    var codingPath: [any CodingKey] { tape.path(to: index) }

    var allKeys: [Key] {
        guard let first = tape.firstKey(of: index) else { return [] }
        var next = tape.key(after: first, in: index)
        guard next != nil else {
            // An enum, which asks for its one key with each event.
            guard let key = key(at: first) else { return [] }
            return [key]
        }
        var keys = key(at: first).map { [$0] } ?? []
        while let place = next {
            if let key = key(at: place) { keys.append(key) }
            next = tape.key(after: place, in: index)
        }
        return keys
    }

    private func key(at place: Int) -> Key? {
        guard let text = try? tape.text(tape.node(place)) else { return nil }
        let key = Key(stringValue: text)
        if tape.notesReading && key != nil { tape.noteReading(place) }
        return key
    }

    func contains(_ key: Key) -> Bool { tape.value(of: key.stringValue, in: index) != nil }

    private func value(_ key: Key) throws -> JSONValueDecoder {
        guard let value = tape.value(of: key.stringValue, in: index) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "there is no \(key.stringValue)"))
        }
        return JSONValueDecoder(tape: tape, index: value)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try value(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).decode(type) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try value(key).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try value(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        guard let value = tape.value(of: "super", in: index) else {
            throw DecodingError.keyNotFound(
                JSONKey(stringValue: "super"), .init(codingPath: codingPath, debugDescription: "there is no super"))
        }
        return JSONValueDecoder(tape: tape, index: value)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try value(key) }
}

/// An array of a ``JSONTape``.
struct JSONUnkeyedContainer: UnkeyedDecodingContainer {
    let tape: JSONTape
    let index: Int
    private(set) var currentIndex = 0
    private var next: Int
    private let end: Int

    init(tape: JSONTape, index: Int) throws {
        self.tape = tape
        self.index = index
        next = index + 1
        end = Int(try tape.node(index).next)
    }

    var codingPath: [any CodingKey] { tape.path(to: index) }
    var isAtEnd: Bool { next >= end }

    var count: Int? {
        var (count, element) = (0, index + 1)
        while element < end, let node = try? tape.node(element) {
            element = Int(node.next)
            count += 1
        }
        return count
    }

    /// The element at hand. Only one that could be read is passed.
    private mutating func pass<Value>(_ type: Any.Type, _ read: (JSONValueDecoder) throws -> Value) throws -> Value {
        guard !isAtEnd else {
            let path = codingPath + [JSONKey(intValue: currentIndex)]
            throw DecodingError.valueNotFound(
                type, .init(codingPath: path, debugDescription: "the array has no more elements"))
        }
        let value = try read(JSONValueDecoder(tape: tape, index: next))
        next = Int(try tape.node(next).next)
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd else { return try pass(Any?.self) { $0.decodeNil() } }
        guard JSONValueDecoder(tape: tape, index: next).decodeNil() else { return false }
        return try pass(Any?.self) { _ in true }
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try pass(type) { try $0.decode(type) }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try pass(type) { try $0.container(keyedBy: type) } }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try pass([Any].self) { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try pass((any Decoder).self) { $0 } }
}
