/// The fields of an object in JSON, as the code that reads it knows them.
///
/// The code itself is asked, by giving it the object with something changed: a field is optional if the object can be
/// read without it, a number need not be whole if the object can be read with a fraction there, and an object is a map
/// if it keeps a member that it did not have.
struct FieldFinder {
    private let reread: (JSONData) -> JSONData?
    private let isAnythingOpaque: Bool
    private var fields: [String: CatalogueField] = [:]

    /// The form of an object; `nil` when it is no object, or not the same when it was read and written again.
    ///
    /// - Parameters:
    ///   - isAnythingOpaque: `true` when nothing is said of what is in an object that could be any JSON.
    ///   - reread: Reads an object and writes it again; `nil` when it cannot be read.
    static func form(
        of example: JSONData, isAnythingOpaque: Bool = false, reread: @escaping (JSONData) -> JSONData?
    ) -> CatalogueForm? {
        guard case .object(let members) = example, reread(example) == example else { return nil }
        var finder = FieldFinder(reread: reread, isAnythingOpaque: isAnythingOpaque)
        finder.note(members, under: "") { .object($0) }
        return CatalogueForm(fields: finder.fields, example: example)
    }

    private init(reread: @escaping (JSONData) -> JSONData?, isAnythingOpaque: Bool) {
        self.reread = reread
        self.isAnythingOpaque = isAnythingOpaque
    }

    // MARK: Asking the code

    private func isReadable(_ object: JSONData) -> Bool { reread(object) != nil }

    private func isKept(_ object: JSONData) -> Bool { reread(object) == object }

    // MARK: Noting fields

    /// - Parameter whole: The object with other members in this place.
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

    /// - Parameter whole: The object with another value in this place.
    private mutating func note(
        _ value: JSONData, at path: String, isOptional: Bool, in whole: (JSONData) -> JSONData
    ) {
        fields[path] = CatalogueField(kind: kind(of: value, in: whole), isOptional: isOptional)
        switch value {
        case .object(let members):
            // What may be a list as well may be anything.
            if isAnythingOpaque && isKept(whole(.array([]))) { return }
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

    /// `true` when the names of an object's members are data and not fields.
    private func isMap(_ members: [String: JSONData], in whole: (JSONData) -> JSONData) -> Bool {
        // A number, as the keys of a map may be numbers.
        let names = (0...members.count).map { String($0) }
        guard let value = members.values.first, let name = names.first(where: { !members.keys.contains($0) }) else {
            return false
        }
        return isKept(whole(.object(members.merging([name: value]) { $1 })))
    }
}
