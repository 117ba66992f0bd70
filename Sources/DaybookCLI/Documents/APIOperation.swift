import Daybook

/// What a route does, on its way into an OpenAPI document.
struct APIOperation {
    /// Who answers.
    enum Server: String {
        case writer, worker, both
    }

    let server: Server
    /// In lower case.
    let method: String
    /// `{name}` stands for a parameter.
    let path: String
    let summary: String
    /// Parameters besides those of the path.
    var parameters: [JSONData] = []
    var body: JSONData?
    /// By status.
    var answers: [Int: JSONData]
    /// The statuses of the problems that it may be refused with, besides those that every route has.
    var refusals: [Int] = []

    var json: JSONData {
        var responses: [String: JSONData] = ["default": ["$ref": "#/components/responses/default"]]
        for status in refusals + [401, 403] { responses[String(status)] = ["$ref": "#/components/responses/\(status)"] }
        for (status, answer) in answers { responses[String(status)] = answer }
        var members: [String: JSONData] = [
            "operationId": .text(identifier), "summary": .text(summary), "tags": [.text(server.rawValue)],
            "responses": .object(responses),
        ]
        let all = Self.parameters(of: path) + parameters
        if !all.isEmpty { members["parameters"] = .array(all) }
        if let body { members["requestBody"] = body }
        return .object(members)
    }

    /// The method and the path with only letters, digits and hyphens: `get-v1-user-id`.
    private var identifier: String {
        ([method] + path.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init)).joined(separator: "-")
    }

    private static func parameters(of path: String) -> [JSONData] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part -> JSONData in
            let name = String(part.dropFirst().dropLast())
            return ["name": .text(name), "in": "path", "required": true, "schema": ["type": "string"]]
        }
    }
}

/// Parts of operations.
extension JSONData {
    /// A parameter of the query that may be left out.
    static func query(_ name: String, _ type: String, _ description: String) -> JSONData {
        ["name": .text(name), "in": "query", "description": .text(description), "schema": ["type": .text(type)]]
    }

    /// The same, of a read model's query.
    static func query(_ parameter: QueryParameter) -> JSONData {
        let schema: JSONData =
            switch parameter.kind {
            case .text: ["type": "string"]
            case .date: ["type": "string", "format": "date"]
            // A time, or a date: OpenAPI has no format for either.
            case .time: ["type": "string"]
            case .number(let range):
                [
                    "type": "integer", "minimum": .number(String(range.lowerBound)),
                    "maximum": .number(String(range.upperBound)),
                ]
            case .flag: ["type": "boolean"]
            case .oneOf(let words): ["type": "string", "enum": .array(words.map { .text($0) })]
            }
        return [
            "name": .text(parameter.name), "in": "query", "description": .text(parameter.purpose), "schema": schema,
        ]
    }

    /// A header of the request that may be left out.
    static func header(_ name: String, _ description: String) -> JSONData {
        ["name": .text(name), "in": "header", "description": .text(description), "schema": ["type": "string"]]
    }

    /// One of the document's schemas.
    static func schema(_ name: String) -> JSONData { ["$ref": "#/components/schemas/\(name)"] }

    /// A response with a body.
    static func response(_ description: String, _ schema: JSONData, type: String = "application/json") -> JSONData {
        ["description": .text(description), "content": .object([type: ["schema": schema]])]
    }
}
