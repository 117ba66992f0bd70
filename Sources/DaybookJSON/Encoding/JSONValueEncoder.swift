import Foundation

/// Encodes a value as Foundation's `JSONEncoder` with sorted keys and plain slashes would: events are small and many,
/// and making that encoder ready costs more than writing one of them.
class JSONValueEncoder: Encoder {
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    /// What was encoded; `nil` as long as nothing was.
    private(set) var element: JSONElement?

    init(codingPath: [any CodingKey] = []) { self.codingPath = codingPath }

    /// - Throws: `EncodingError`, also for a value that encodes nothing.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        guard let element = try element(of: value, at: []) else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "\(type(of: value)) encoded nothing"))
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        element.write(into: &bytes)
        return bytes
    }

    /// What a value becomes; `nil` when it encodes nothing.
    static func element<Value: Encodable>(
        of value: Value, at codingPath: @autoclosure () -> [any CodingKey]
    ) throws -> JSONElement? {
        if Value.self == Data.self || Value.self == URL.self || Value.self == Decimal.self {
            // These have forms of their own in JSON, which are Foundation's business.
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return .written(Array(try encoder.encode(value)))
        }
        let encoder = JSONValueEncoder(codingPath: codingPath())
        try value.encode(to: encoder)
        return encoder.element
    }

    func encode(_ element: JSONElement) { self.element = element }

    // MARK: Encoder

    private func branch(isObject: Bool) -> JSONBranch {
        if case .branch(let branch) = element, (branch.keys != nil) == isObject { return branch }
        let branch = JSONBranch(isObject: isObject)
        element = .branch(branch)
        return branch
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(JSONObjectContainer(branch: branch(isObject: true), codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        JSONArrayContainer(branch: branch(isObject: false), codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    // MARK: Numbers

    static func floating<Value: BinaryFloatingPoint & CustomStringConvertible & Sendable>(
        _ value: Value, at codingPath: [any CodingKey]
    ) throws -> JSONElement {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "JSON has no number for \(value)"))
        }
        let digits = value.description
        return .number(digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits)
    }
}

extension JSONValueEncoder: SingleValueEncodingContainer {
    func encodeNil() { element = .null }
    func encode(_ value: Bool) { element = .boolean(value) }
    func encode(_ value: String) { element = .text(value) }
    func encode(_ value: Double) throws { element = try Self.floating(value, at: codingPath) }
    func encode(_ value: Float) throws { element = try Self.floating(value, at: codingPath) }
    func encode(_ value: Int) { element = .number(String(value)) }
    func encode(_ value: Int8) { element = .number(String(value)) }
    func encode(_ value: Int16) { element = .number(String(value)) }
    func encode(_ value: Int32) { element = .number(String(value)) }
    func encode(_ value: Int64) { element = .number(String(value)) }
    func encode(_ value: UInt) { element = .number(String(value)) }
    func encode(_ value: UInt8) { element = .number(String(value)) }
    func encode(_ value: UInt16) { element = .number(String(value)) }
    func encode(_ value: UInt32) { element = .number(String(value)) }
    func encode(_ value: UInt64) { element = .number(String(value)) }

    func encode<Value: Encodable>(_ value: Value) throws {
        element = try Self.element(of: value, at: codingPath) ?? element
    }
}
