extension Catalogue {
    /// As it is kept in a file: indented, everything in order, so that equal catalogues are equal texts.
    public var text: String { json.indented + "\n" }

    /// All of it.
    public var json: JSONData {
        [
            "category": .text(category), "owner": .text(owner), "namespace": .text(namespace),
            "events": .array(events.map(\.json)), "published": .array(published.map(\.json)),
            "commands": .array(commands.map(\.json)),
        ]
    }

    /// A catalogue that was kept in a file.
    ///
    /// - Throws: ``CatalogueError`` saying what is missing or wrong.
    public init(json: JSONData) throws {
        category = try json.requiredText("category")
        owner = try json.requiredText("owner")
        namespace = try json.requiredText("namespace")
        events = try json.requiredList("events").map { try CatalogueEntry(json: $0) }
        published = try json.requiredList("published").map { try CatalogueEntry(json: $0) }
        commands = try json.requiredList("commands").map { try CatalogueCommand(json: $0) }
    }
}

extension CatalogueEntry {
    /// All of it.
    public var json: JSONData {
        .object(
            form.members.merging([
                "type": .text(type), "schemaVersion": .number(String(schemaVersion)), "description": .text(text),
                "since": .text(since),
            ]) { $1 })
    }

    init(json: JSONData) throws {
        type = try json.requiredText("type")
        guard case .number(let digits) = try json.required("schemaVersion"), let version = Int(digits) else {
            throw CatalogueError("the schemaVersion of \(type) is no whole number")
        }
        schemaVersion = version
        text = try json.requiredText("description")
        since = try json.requiredText("since")
        form = try CatalogueForm(json: json)
    }
}

extension CatalogueCommand {
    /// All of it.
    public var json: JSONData {
        .object(form.members.merging(["name": .text(name), "description": .text(text)]) { $1 })
    }

    init(json: JSONData) throws {
        name = try json.requiredText("name")
        text = try json.requiredText("description")
        form = try CatalogueForm(json: json)
    }
}

extension CatalogueForm {
    fileprivate var members: [String: JSONData] {
        let fields = fields.mapValues { field -> JSONData in
            ["type": .text(field.kind.rawValue), "isOptional": .boolean(field.isOptional)]
        }
        return ["fields": .object(fields), "example": example]
    }

    fileprivate init(json: JSONData) throws {
        example = try json.required("example")
        guard case .object(let members) = try json.required("fields") else {
            throw CatalogueError("fields is no object")
        }
        fields = try members.mapValues { field in
            guard let kind = CatalogueField.Kind(rawValue: try field.requiredText("type")),
                case .boolean(let isOptional) = try field.required("isOptional")
            else { throw CatalogueError("a field has no type of JSON, or does not say whether it is optional") }
            return CatalogueField(kind: kind, isOptional: isOptional)
        }
    }
}

extension JSONData {
    fileprivate func required(_ name: String) throws -> JSONData {
        guard case .object(let members) = self, let value = members[name] else {
            throw CatalogueError("\(name) is missing")
        }
        return value
    }

    fileprivate func requiredText(_ name: String) throws -> String {
        guard case .text(let text) = try required(name) else { throw CatalogueError("\(name) is no text") }
        return text
    }

    fileprivate func requiredList(_ name: String) throws -> [JSONData] {
        guard case .array(let elements) = try required(name) else { throw CatalogueError("\(name) is no list") }
        return elements
    }
}
