/// What an example says of its type.
///
/// The code itself is asked, by giving it the example with something changed: a field is optional if the example can be
/// read without it, a number need not be whole if the example can be read with a fraction there, and an object is a map
/// if it keeps a member that it did not have.
struct ExampleForm<Value: Codable> {
    /// The case's coding key.
    let tag: String
    private let payload: JSONData
    private var fields: [String: CatalogueField] = [:]

    var form: CatalogueForm { CatalogueForm(fields: fields, example: payload) }

    /// - Throws: ``CatalogueError`` when it cannot be stored and read again.
    init(_ example: Value) throws {
        do {
            let (tag, bytes) = try TaggedJSON.encode(example)
            (self.tag, payload) = (tag, try bytes.withUnsafeBytes { try JSONData($0) })
        } catch {
            throw CatalogueError("the example \(example) cannot be stored: \(error)")
        }
        guard case .object(let members) = payload, reread(payload) == payload else {
            throw CatalogueError("the example \(example) is not the same when it was stored and read again")
        }
        note(members, under: "") { .object($0) }
    }

    // MARK: Asking the code

    /// What a payload is when it was read and written again; `nil` when it cannot be read.
    private func reread(_ payload: JSONData) -> JSONData? {
        do {
            let value = try TaggedJSON.decode(Value.self, tag: tag, payload: payload.bytes[...])
            return try TaggedJSON.encode(value).payload.withUnsafeBytes { try JSONData($0) }
        } catch {
            return nil
        }
    }

    private func isReadable(_ payload: JSONData) -> Bool {
        (try? TaggedJSON.decode(Value.self, tag: tag, payload: payload.bytes[...])) != nil
    }

    // MARK: Noting fields

    /// - Parameter whole: The payload with other members in this place.
    private mutating func note(
        _ members: [String: JSONData], under prefix: String, in whole: ([String: JSONData]) -> JSONData
    ) {
        for (name, value) in members {
            var rest = members
            rest.removeValue(forKey: name)
            note(value, at: prefix + name, isOptional: isReadable(whole(rest))) { changed in
                whole(members.merging([name: changed]) { $1 })
            }
        }
    }

    /// - Parameter whole: The payload with another value in this place.
    private mutating func note(
        _ value: JSONData, at path: String, isOptional: Bool, in whole: (JSONData) -> JSONData
    ) {
        fields[path] = CatalogueField(kind: kind(of: value, in: whole), isOptional: isOptional)
        switch value {
        case .object(let members):
            if let (name, value) = members.min(by: { $0.key < $1.key }), isMap(members, in: whole) {
                note(value, at: "\(path).*", isOptional: true) { changed in
                    whole(.object(members.merging([name: changed]) { $1 }))
                }
            } else {
                note(members, under: "\(path).") { whole(.object($0)) }
            }
        case .array(let elements):
            guard let first = elements.first else { return }
            note(first, at: "\(path)[]", isOptional: true) { changed in
                var elements = elements
                elements[0] = changed
                return whole(.array(elements))
            }
        default: break
        }
    }

    private func kind(of value: JSONData, in whole: (JSONData) -> JSONData) -> CatalogueField.Kind {
        switch value {
        case .null: return .null
        case .boolean: return .boolean
        case .number(let digits):
            let isWhole = digits.allSatisfy { $0.isWholeNumber || $0 == "-" }
            return isWhole && !isReadable(whole(.number("\(digits).5"))) ? .integer : .number
        case .text: return .string
        case .array: return .array
        case .object: return .object
        }
    }

    /// Whether the names of an object's members are data and not fields.
    private func isMap(_ members: [String: JSONData], in whole: (JSONData) -> JSONData) -> Bool {
        // A number, as the keys of a map may be numbers.
        let names = (0...members.count).map { String($0) }
        guard let value = members.values.first, let name = names.first(where: { !members.keys.contains($0) }) else {
            return false
        }
        let changed = whole(.object(members.merging([name: value]) { $1 }))
        return reread(changed) == changed
    }
}
