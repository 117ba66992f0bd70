import Foundation

/// Decodes a value of a ``JSONTape``, as Foundation's `JSONDecoder` with its default settings would: events are small
/// and many, and making that decoder ready costs more than reading one of them.
struct JSONValueDecoder: Decoder {
    let tape: JSONTape
    let index: Int

    var codingPath: [any CodingKey] { tape.path(to: index) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try expect(.object, [String: Any].self)
        return try KeyedDecodingContainer(JSONKeyedContainer(tape: tape, index: index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try expect(.array, [Any].self)
        return try JSONUnkeyedContainer(tape: tape, index: index)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    private func expect(_ kind: JSONTape.Node.Kind, _ type: Any.Type) throws {
        guard try tape.node(index).kind == kind else { throw mismatch(type) }
    }

    // MARK: Values

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // These have forms of their own in JSON, which are Foundation's business.
        if type == Data.self || type == URL.self { return try foundation(type) }
        if type == Decimal.self { return try decimal(type) }
        return try Value(from: self)
    }

    private func foundation<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let node = try tape.node(index)
        if node.kind == .null { throw mismatch(type) }
        let quotes: Int32 = node.kind == .string || node.kind == .escapedString ? 1 : 0
        let bytes = tape.bytes[Int(node.start - quotes)..<Int(node.end + quotes)]
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch DecodingError.typeMismatch {
            throw mismatch(type)
        } catch {
            throw JSONTape.corrupted("no possible \(type)", at: codingPath)
        }
    }

    func integer<Value: FixedWidthInteger & Decodable & Sendable>(_ type: Value.Type) throws -> Value {
        let node = try tape.node(index)
        guard node.kind == .number else { throw mismatch(type) }
        let text = String(decoding: tape.content(node), as: UTF8.self)
        if let value = Value(text) { return value }
        // 1.0 and 1e2 are whole numbers too. By way of a Double, as Foundation goes, the last digits would be others.
        guard let value = JSONNumber(text)?.wholeDigits.flatMap({ Value($0) }) else {
            throw outOfRange(text, "a whole number from \(Value.min) to \(Value.max)")
        }
        return value
    }

    /// Foundation drops digits for which a `Decimal` has no room.
    private func decimal<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try foundation(type)
        let text = String(decoding: tape.content(try tape.node(index)), as: UTF8.self)
        guard let number = JSONNumber(text), number == JSONNumber("\(value)") else {
            throw outOfRange(text, "a number of at most 38 digits")
        }
        return value
    }

    private func outOfRange(_ digits: String, _ range: String) -> DecodingError {
        let shown = digits.utf8.count > 40 ? "\(digits.prefix(40))…" : digits
        return JSONTape.corrupted("\(shown) is not \(range)", at: codingPath)
    }

    func floating<Value: BinaryFloatingPoint & LosslessStringConvertible & Decodable & Sendable>(
        _ type: Value.Type
    ) throws -> Value {
        let node = try tape.node(index)
        guard node.kind == .number else { throw mismatch(type) }
        let text = String(decoding: tape.content(node), as: UTF8.self)
        // What became 0 or infinite may have been too small or too large. Zero itself keeps its sign.
        if let value = Value(text), value.isNormal || JSONNumber(text)?.wholeDigits == "0" { return value }
        do { return try foundation(type) } catch {
            let largest = Value.greatestFiniteMagnitude
            throw outOfRange(text, "a number from \(-largest) to \(largest)")
        }
    }

    private func mismatch(_ type: Any.Type) -> any Error {
        guard let node = try? tape.node(index) else { return JSONTape.corrupted("the document is gone") }
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "expected \(type)")
        return node.kind == .null
            ? DecodingError.valueNotFound(type, context) : DecodingError.typeMismatch(type, context)
    }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { (try? tape.node(index).kind) == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch try tape.node(index).kind {
        case .yes: true
        case .no: false
        default: throw mismatch(type)
        }
    }

    func decode(_ type: String.Type) throws -> String {
        let node = try tape.node(index)
        guard node.kind == .string || node.kind == .escapedString else { throw mismatch(type) }
        return try tape.text(node)
    }

    func decode(_ type: Double.Type) throws -> Double { try floating(type) }
    func decode(_ type: Float.Type) throws -> Float { try floating(type) }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
}
