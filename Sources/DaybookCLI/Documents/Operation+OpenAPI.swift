import Daybook
import DaybookAPI

/// Operations as an OpenAPI document has them.
extension Operation {
    /// - Throws: `CatalogueError` when the example of a document cannot be encoded and decoded.
    var openAPI: JSONData {
        get throws {
            var answers: [String: JSONData] = ["default": .reference(to: "default", in: "responses")]
            for status in refusals + [401, 403] {
                answers[String(status)] = .reference(to: String(status), in: "responses")
            }
            for (status, response) in responses { answers[String(status)] = try response.openAPI }
            var members: [String: JSONData] = [
                "operationId": .text(identifier), "summary": .text(summary), "tags": [.text(server.rawValue)],
                "responses": .object(answers),
            ]
            let all =
                pathParameters.map { JSONData.inPath($0) } + parameters.map { JSONData.query($0) }
                + headers.map { JSONData.header($0) }
            if !all.isEmpty { members["parameters"] = .array(all) }
            if let request {
                members["requestBody"] = [
                    "required": .boolean(request.isRequired), "content": .object(try [request.content].openAPI),
                ]
            }
            return .object(members)
        }
    }

    /// The method and the path with only letters, digits and hyphens: `get-v1-user-id`.
    private var identifier: String {
        let words = path.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map { String($0) }
        return ([method.rawValue] + words).joined(separator: "-")
    }
}

extension OperationResponse {
    fileprivate var openAPI: JSONData {
        get throws {
            var members: [String: JSONData] = [
                "description": .text(summary), "content": .object(try contents.openAPI),
            ]
            let described = headers.map { parameter -> (String, JSONData) in
                let schema = JSONData.schema(of: parameter.kind)
                return (parameter.header.rawValue, ["description": .text(parameter.purpose), "schema": schema])
            }
            if !described.isEmpty { members["headers"] = .object(Dictionary(described) { first, _ in first }) }
            return .object(members)
        }
    }
}

extension [OperationContent] {
    /// Bodies by their media types.
    fileprivate var openAPI: [String: JSONData] {
        get throws {
            var types: [String: JSONData] = [:]
            for content in self { types[content.mediaType.rawValue] = try content.openAPI }
            return types
        }
    }
}

extension OperationContent {
    fileprivate var openAPI: JSONData {
        get throws {
            switch self {
            case .document(let schema): try Self.media(.schema(schema.name), example: example())
            case .lines(let schemas): try Self.media(Self.choice(of: schemas), example: example())
            case .command(let name, let form): Self.media(.schema(name), example: form.example)
            case .domain: Self.media([:], example: nil)
            case .serverSentEvents, .text: Self.media(["type": "string"], example: nil)
            }
        }
    }

    private static func choice(of schemas: [APISchema]) -> JSONData {
        let references = schemas.map { JSONData.schema($0.name) }
        return references.count == 1 ? references[0] : ["anyOf": .array(references)]
    }

    private static func media(_ schema: JSONData, example: JSONData?) -> JSONData {
        var members: [String: JSONData] = ["schema": schema]
        members["example"] = example
        return .object(members)
    }
}

/// Parts of operations.
extension JSONData {
    /// Something that the document has among its components.
    fileprivate static func reference(to name: String, in components: String) -> JSONData {
        ["$ref": .text("#/components/\(components)/\(name)")]
    }

    /// One of the document's schemas.
    static func schema(_ name: String) -> JSONData { .reference(to: name, in: "schemas") }

    /// A parameter of the path.
    fileprivate static func inPath(_ name: String) -> JSONData {
        ["name": .text(name), "in": "path", "required": true, "schema": ["type": "string"]]
    }

    /// A parameter of the query, which may be left out.
    static func query(_ parameter: QueryParameter) -> JSONData {
        [
            "name": .text(parameter.name), "in": "query", "description": .text(parameter.purpose),
            "schema": .schema(of: parameter),
        ]
    }

    /// The schema of a parameter's value, or of all its values where it may be given several times.
    private static func schema(of parameter: QueryParameter) -> JSONData {
        let value = schema(of: parameter.kind)
        if parameter.maximumCount == 1 { return value }
        return ["type": "array", "items": value, "maxItems": .number(String(parameter.maximumCount))]
    }

    /// A header of the request, which may be left out.
    fileprivate static func header(_ parameter: HeaderParameter) -> JSONData {
        [
            "name": .text(parameter.header.rawValue), "in": "header", "description": .text(parameter.purpose),
            "schema": .schema(of: parameter.kind),
        ]
    }

    /// The schema of a parameter's values.
    fileprivate static func schema(of kind: QueryParameter.Kind) -> JSONData {
        switch kind {
        case .text: ["type": "string"]
        case .date: ["type": "string", "format": "date"]
        // A time, or a date: OpenAPI has no format for either.
        case .time: ["type": "string"]
        case .number(let range):
            range.upperBound == .max
                ? ["type": "integer", "minimum": .number(String(range.lowerBound))]
                : [
                    "type": "integer", "minimum": .number(String(range.lowerBound)),
                    "maximum": .number(String(range.upperBound)),
                ]
        case .flag: ["type": "boolean"]
        case .oneOf(let words): ["type": "string", "enum": .array(words.map { .text($0) })]
        }
    }
}
