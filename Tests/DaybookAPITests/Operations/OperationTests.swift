import Daybook
import DaybookAPI
import Testing

/// An aggregate with a command that needs a body, and one that does not.
private struct Lamp: Aggregate {
    enum Event: DomainEvent {
        case lit
        static let catalogue: [EventDescription<Self>] = [EventDescription(.lit, "It was lit.", since: "1")]
    }
    enum Command: Codable, Sendable {
        case light(brightness: Int)
        case dim
    }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "lamp"
    static let commands: [CommandDescription<Command>] = [
        CommandDescription(.light(brightness: 3), "Lights it."), CommandDescription(.dim, "Makes it darker."),
    ]

    func handle(_ command: Command) throws(Failure) -> [Event] { [] }
    mutating func apply(_ event: Event) {}
}

@Suite struct `The operations of the HTTP interface` {
    private func all() throws -> [Operation] {
        let query = WorkerAPI.query(path: "users/{id}", summary: "", parameters: [])
        return try WriterAPI.operations + WriterAPI.aggregate(Catalogue(Lamp.self)) + WorkerAPI.operations + [query]
            + HealthAPI.operations
    }

    @Test func `take and answer documents that have a schema`() throws {
        let known = Set(APISchema.all.map(\.name))
        let named = try all().flatMap(\.schemas).map(\.name)
        #expect(named.count > 20 && known.isSuperset(of: named))
    }

    @Test func `have documents whose examples are all different`() throws {
        let examples = try APISchema.all.map { try $0.form().example }
        #expect(Set(examples).count == examples.count)
        #expect(Set(APISchema.all.map(\.name)).count == APISchema.all.count)
    }

    @Test func `are there once each, under a name that says what they serve`() throws {
        let operations = try all()
        let routes = Set(operations.map { "\($0.method.rawValue) \($0.path)" })
        #expect(routes.count == operations.count)
        #expect(routes.contains("delete /v1/lamp/{id}/personal-data") && routes.contains("get /v1/users/{id}"))
        for operation in operations {
            let root = operation.path.split(separator: "/").first.map { String($0) }
            #expect(["v1", "health", "metrics"].contains(root ?? ""))
            #expect(operation.parameters.isEmpty || operation.method == .get)
            #expect(!operation.summary.isEmpty && !operation.responses.isEmpty, "\(operation.path)")
        }
    }

    @Test func `have a path for each name that a parameter stands for`() {
        let rows = WorkerAPI.rows.replacing("name", with: "users")
        #expect(rows.path == "/v1/projections/users/query" && rows.pathParameters.isEmpty)
        #expect(rows.method == .get && rows.parameters == WorkerAPI.rows.parameters)
        #expect(WorkerAPI.rows.replacing("id", with: "users").path == WorkerAPI.rows.path)
        let command = WriterAPI.creation(in: "lamp").replacing("command", with: "{id}")
        #expect(command.path == "/v1/lamp/{id}" && command.pathParameters == ["id"])
    }

    @Test func `are refused with problems that are explained`() throws {
        let explained = Set(ProblemResponse.all.compactMap(\.status))
        let refusals = try all().flatMap(\.refusals)
        #expect(explained.isSuperset(of: refusals))
    }

    @Test func `need a body only where a command needs a member`() throws {
        let operations = try WriterAPI.aggregate(Catalogue(Lamp.self))
        func isRequired(_ path: String) -> Bool? {
            operations.first { $0.path == path && $0.method == .post }?.request?.isRequired
        }
        #expect(isRequired("/v1/lamp/{id}/light") == true && isRequired("/v1/lamp/light") == true)
        #expect(isRequired("/v1/lamp/{id}/dim") == false)
        #expect(operations.first?.pathParameters == ["id"])
    }

    @Test func `give an example of what they take and answer`() throws {
        for operation in try all() {
            for content in operation.responses.values.flatMap(\.contents) where !content.schemas.isEmpty {
                #expect(try content.example() != nil, "\(operation.path)")
            }
            if let request = operation.request { #expect(try request.content.example() != nil) }
        }
    }
}
