import Daybook
import DaybookAPI

/// The schemas and the problems that the operations of the HTTP interface refer to.
enum APISchemas {
    /// The schemas of the interface's documents, and those of commands, by name.
    ///
    /// - Throws: `CatalogueError` when the example of a document cannot be encoded and decoded.
    static func all(for operations: [Operation]) throws -> [String: JSONData] {
        var forms: [String: CatalogueForm] = [:]
        // A part of a document is the example of its own type.
        var names: [JSONData: String] = [:]
        for schema in APISchema.all {
            let form = try schema.form()
            forms[schema.name] = form
            names[form.example] = schema.name
        }
        var schemas = forms.mapValues { JSONData.object(JSONSchema.object($0, references: names)) }
        for operation in operations {
            guard case .command(let name, let form)? = operation.request?.content else { continue }
            schemas[name] = .object(JSONSchema.object(form))
        }
        return schemas
    }

    /// The problems that a request may be refused with, by status.
    static var problems: [String: JSONData] {
        let problem: JSONData = ["schema": .schema(APISchema(ProblemDocument.self).name)]
        let responses = ProblemResponse.all.map { response -> (String, JSONData) in
            let content = JSONData.object([APIMediaType.problem.rawValue: problem])
            return (
                response.status.map { String($0) } ?? "default",
                ["description": .text(response.summary), "content": content]
            )
        }
        return Dictionary(responses) { first, _ in first }
    }
}
