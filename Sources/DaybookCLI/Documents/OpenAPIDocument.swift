import Daybook
import DaybookSQLite

/// What writers and workers answer over HTTP, as an OpenAPI 3.1 document. It says what `HTTPAPI` says to people.
struct OpenAPIDocument {
    private let catalogues: [Catalogue]
    private let queries: [ReadModelQuery]

    init(_ catalogues: [Catalogue], _ projections: [any SQLiteProjection]) {
        self.catalogues = catalogues
        queries = projections.flatMap { type(of: $0).queries }
    }

    var json: JSONData {
        var operations = WriterAPI.operations + WorkerAPI.operations + HealthAPI.operations
        for catalogue in catalogues { operations += WriterAPI.aggregate(catalogue) }
        operations += queries.map { WorkerAPI.operation($0) }
        let paths = Dictionary(grouping: operations, by: \.path).mapValues(Self.item)
        return [
            "openapi": "3.1.0",
            "info": ["title": "Commands, events and queries", "version": "1", "description": .text(Self.introduction)],
            "security": [["bearer": []], [:]],
            "tags": [["name": "writer"], ["name": "worker"], ["name": "both"]],
            "paths": .object(paths),
            "components": [
                "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
                "responses": .object(APISchemas.problems), "schemas": .object(schemas),
            ],
        ]
    }

    private static let introduction = """
        HEAD is answered wherever GET is. Every error is a problem document (RFC 9457) with a stable code. A daemon \
        that listens on loopback may do without a token; it then refuses foreign hosts and origins.
        """

    /// All that is served at one path.
    private static func item(_ operations: [APIOperation]) -> JSONData {
        var members = Dictionary(operations.map { ($0.method, $0.json) }) { first, _ in first }
        members["servers"] = .array(operations.first.map { servers($0.server) } ?? [])
        return .object(members)
    }

    private static func servers(_ server: APIOperation.Server) -> [JSONData] {
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

    /// Those of every deployment, and those of the commands' bodies.
    private var schemas: [String: JSONData] {
        let commands = catalogues.flatMap { catalogue in
            catalogue.commands.map { command in
                (WriterAPI.schemaName(command, of: catalogue), JSONData.object(JSONSchema.object(command.form)))
            }
        }
        return APISchemas.all.merging(commands) { $1 }
    }
}
