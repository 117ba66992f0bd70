import Daybook

/// JSON Schemas of what catalogues describe.
enum JSONSchema {
    static let dialect = "https://json-schema.org/draft/2020-12/schema"

    /// The schema of an event's data, as a document of its own.
    static func document(_ event: CataloguedEvent) -> JSONData {
        let entry = event.entry
        var members = object(entry.form)
        members["$schema"] = .text(dialect)
        members["$id"] = "urn:daybook:\(event.kind.rawValue):\(event.name):\(entry.schemaVersion)"
        members["title"] = "\(event.name), schema version \(entry.schemaVersion)"
        members["description"] = .text(entry.text)
        members["examples"] = [entry.form.example]
        return .object(members)
    }

    /// The schema of a form. What it does not name is allowed: readers pass over what they do not know.
    ///
    /// - Parameter references: The names of other schemas, by their examples. A value inside that is one of these is a
    ///   reference.
    static func object(_ form: CatalogueForm, references: [JSONData: String] = [:]) -> [String: JSONData] {
        guard case .object(let members) = form.example else { return [:] }
        return FormSchema(form: form, references: references).object(members, under: "")
    }
}

/// The way from a form to a schema.
private struct FormSchema {
    let form: CatalogueForm
    let references: [JSONData: String]

    func object(_ members: [String: JSONData], under prefix: String) -> [String: JSONData] {
        var schema: [String: JSONData] = ["type": "object"]
        var properties: [String: JSONData] = [:]
        for (name, value) in members { properties[name] = .object(self.schema(of: value, at: prefix + name)) }
        if !properties.isEmpty { schema["properties"] = .object(properties) }
        let required = members.keys.sorted().filter { form.fields[prefix + $0]?.isOptional == false }
        if !required.isEmpty { schema["required"] = .array(required.map { JSONData.text($0) }) }
        return schema
    }

    private func schema(of value: JSONData, at path: String) -> [String: JSONData] {
        if let name = references[value] { return ["$ref": .text("#/components/schemas/\(name)")] }
        switch value {
        case .object(let members):
            // Of a map one value stands for all.
            if form.fields["\(path).*"] != nil, let first = members.min(by: { $0.key < $1.key }) {
                return ["type": "object", "additionalProperties": .object(schema(of: first.value, at: "\(path).*"))]
            }
            // Nothing is known of what is inside of something that may be any JSON.
            let isKnown = form.fields.keys.contains { $0.hasPrefix("\(path).") }
            return isKnown ? object(members, under: "\(path).") : ["type": "object"]
        case .array(let elements):
            let items = elements.first.map { schema(of: $0, at: "\(path)[]") } ?? [:]
            return ["type": "array", "items": .object(items)]
        case .null: return [:]
        case .text, .number, .boolean:
            guard let field = form.fields[path] else { return [:] }
            return ["type": .text(field.kind.rawValue)]
        }
    }
}
