/// Fills an object.
struct JSONObjectContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let branch: JSONBranch
    let codingPath: [any CodingKey]

    private func set(_ key: Key, _ element: JSONElement) { branch.set(key.stringValue, to: element) }

    func encodeNil(forKey key: Key) { set(key, .null) }
    func encode(_ value: Bool, forKey key: Key) { set(key, .boolean(value)) }
    func encode(_ value: String, forKey key: Key) { set(key, .text(value)) }
    func encode(_ value: Double, forKey key: Key) throws {
        set(key, try JSONValueEncoder.floating(value, at: codingPath + [key]))
    }
    func encode(_ value: Float, forKey key: Key) throws {
        set(key, try JSONValueEncoder.floating(value, at: codingPath + [key]))
    }
    func encode(_ value: Int, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: Int8, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: Int16, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: Int32, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: Int64, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: UInt, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: UInt8, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: UInt16, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: UInt32, forKey key: Key) { set(key, .number(String(value))) }
    func encode(_ value: UInt64, forKey key: Key) { set(key, .number(String(value))) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        // A value that encodes nothing is an empty object, as it is for Foundation.
        let element = try JSONValueEncoder.element(of: value, at: codingPath + [key])
        set(key, element ?? .branch(JSONBranch(isObject: true)))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(
            JSONObjectContainer<Nested>(branch: nested(key.stringValue, isObject: true), codingPath: codingPath + [key])
        )
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        JSONArrayContainer(branch: nested(key.stringValue, isObject: false), codingPath: codingPath + [key])
    }

    func superEncoder() -> any Encoder { reference(to: "super") }

    func superEncoder(forKey key: Key) -> any Encoder { reference(to: key.stringValue) }

    private func nested(_ key: String, isObject: Bool) -> JSONBranch {
        if let known = branch.branch(at: key), (known.keys != nil) == isObject { return known }
        let nested = JSONBranch(isObject: isObject)
        branch.set(key, to: .branch(nested))
        return nested
    }

    private func reference(to key: String) -> any Encoder {
        JSONReferencingEncoder(codingPath: codingPath + [JSONKey(stringValue: key)]) { [branch] in
            branch.set(key, to: $0)
        }
    }
}

/// Fills an array.
struct JSONArrayContainer: UnkeyedEncodingContainer {
    let branch: JSONBranch
    let codingPath: [any CodingKey]

    var count: Int { branch.elements.count }
    private var path: [any CodingKey] { codingPath + [JSONKey(intValue: count)] }

    func encodeNil() { branch.append(.null) }

    func encode<Value: Encodable>(_ value: Value) throws {
        branch.append(try JSONValueEncoder.element(of: value, at: path) ?? .branch(JSONBranch(isObject: true)))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        let (nested, path) = (JSONBranch(isObject: true), path)
        branch.append(.branch(nested))
        return KeyedEncodingContainer(JSONObjectContainer<Nested>(branch: nested, codingPath: path))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let (nested, path) = (JSONBranch(isObject: false), path)
        branch.append(.branch(nested))
        return JSONArrayContainer(branch: nested, codingPath: path)
    }

    func superEncoder() -> any Encoder {
        let path = path
        let place = branch.append(.branch(JSONBranch(isObject: true)))
        return JSONReferencingEncoder(codingPath: path) { [branch] in branch.replace(place, with: $0) }
    }
}

/// Encodes into a place of a container when it goes.
private final class JSONReferencingEncoder: JSONValueEncoder {
    private let finish: (JSONElement) -> Void

    init(codingPath: [any CodingKey], finish: @escaping (JSONElement) -> Void) {
        self.finish = finish
        super.init(codingPath: codingPath)
    }

    deinit { finish(element ?? .branch(JSONBranch(isObject: true))) }
}
