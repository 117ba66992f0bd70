import Daybook
import DaybookAPI
import DaybookSQLite

/// The HTTP interface of writers and workers as an OpenAPI 3.1 document, made of its operations. It says what `HTTPAPI`
/// says to people.
struct OpenAPIDocument {
    private let operations: [Operation]

    init(_ catalogues: [Catalogue], _ projections: [any SQLiteProjection]) {
        let aggregates = catalogues.flatMap { WriterAPI.aggregate($0) }
        let queries = projections.flatMap { type(of: $0).queries }.map { query in
            WorkerAPI.query(path: query.path, summary: query.summary, parameters: query.parameters)
        }
        operations = WriterAPI.operations + WorkerAPI.operations + HealthAPI.operations + aggregates + queries
    }

    /// - Throws: `CatalogueError` when the example of a document cannot be encoded and decoded.
    var json: JSONData {
        get throws {
            let paths = try Dictionary(grouping: operations, by: \.path).mapValues { try Self.item($0) }
            let schemas = try APISchemas.all(for: operations)
            return [
                "openapi": "3.1.0",
                "info": [
                    "title": "Commands, events and queries", "version": "1", "description": .text(Self.introduction),
                ],
                "security": [["bearer": []], [:]],
                "tags": [["name": "writer"], ["name": "worker"], ["name": "both"]],
                "paths": .object(paths),
                "components": [
                    "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
                    "responses": .object(APISchemas.problems), "schemas": .object(schemas),
                ],
            ]
        }
    }

    private static let introduction = """
        HEAD is answered wherever GET is. Every error is a problem document (RFC 9457) with a stable code. A daemon \
        that listens on loopback may do without a token; it then refuses foreign hosts and origins.
        """

    /// All that is served at one path.
    private static func item(_ operations: [Operation]) throws -> JSONData {
        let methods = try operations.map { operation in (operation.method.rawValue, try operation.openAPI) }
        var members = Dictionary(methods) { first, _ in first }
        members["servers"] = .array(operations.first.map { servers($0.server) } ?? [])
        return .object(members)
    }

    private static func servers(_ server: Operation.Server) -> [JSONData] {
        func listening(_ name: String, on port: JSONData) -> JSONData {
            [
                "url": "http://{host}:{port}", "description": .text(name),
                "variables": ["host": ["default": "127.0.0.1"], "port": ["default": port]],
            ]
        }
        let (writer, worker) = (listening("a writer", on: "8080"), listening("a worker", on: "8081"))
        return switch server {
        case .writer: [writer]
        case .worker: [worker]
        case .both: [writer, worker]
        }
    }
}
