import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird

/// Commands to aggregates and new ones, and their states, for every registered aggregate.
struct CommandRoutes {
    let source: Source
    let epoch: Epoch

    /// What carries out the commands, which may also come another way.
    var execution: CommandExecution { CommandExecution(source: source, epoch: epoch) }

    /// The query parameters of an aggregate's routes.
    static func parameters(of category: String) -> RouteParameters {
        RouteParameters([WriterAPI.state(in: category)])
    }

    private static let preferenceApplied = HTTPField.Name(of: .preferenceApplied)

    /// A command's body may have as many bytes.
    static let bodyLimit = 1 << 20

    func add(_ handler: CommandHandler, _ served: CommandHandler.Served, to router: Router<BasicRequestContext>) {
        let category = handler.category
        router.serve(WriterAPI.command(in: category)) { request, context in
            let (id, command) = (try context.pathParameter("id"), try context.pathParameter("command"))
            return try await execute(served, "\(category)/\(command)", command, on: id, request, isNew: false)
        }
        // The command shares the name with the id above, as they stand in one place.
        router.serve(WriterAPI.creation(in: category).replacing("command", with: "{id}")) { request, context in
            let command = try context.pathParameter("id")
            return try await execute(
                served, "\(category)/\(command)", command, on: UniqueID.new().description, request, isNew: true)
        }
        let state = WriterAPI.state(in: category)
        router.serve(state) { request, context in
            let moment = try Self.moment(request.parameters(state.parameters))
            return try await self.state(served, category, try context.pathParameter("id"), moment)
        }
    }

    private func execute(
        _ handler: CommandHandler.Served, _ route: String, _ command: String, on id: String, _ request: Request,
        isNew: Bool
    ) async throws -> Response {
        let body = try await request.bodyBytes(upTo: Self.bodyLimit)
        let headers = CommandHeaders(request.headers)
        let commandRequest = CommandRequest(
            command: command, id: id, body: body.isEmpty ? Array("{}".utf8) : body, isLenient: headers.isLenient,
            expected: try headers.expectedVersion(), metadata: try headers.metadata(),
            idempotency: try headers.idempotency(route: route, id: id, body: body, isNew: isNew))
        let done = try await execution.response(to: commandRequest, by: handler)
        var response = try Response.document(done, version: done.version)
        if headers.isLenient, let name = Self.preferenceApplied { response.headers[name] = "handling=lenient" }
        return response
    }

    /// The parameters `at-version` and `at-time`, of which one at most may be given.
    private static func moment(_ parameters: QueryParameters) throws(QueryError) -> Moment? {
        let (version, time) = (parameters.number("at-version"), parameters.time("at-time"))
        guard version == nil || time == nil else { throw QueryError("at-version and at-time do not go together") }
        if let version { return .version(StreamVersion(rawValue: Int64(version))) }
        return time.map { .time($0) }
    }

    private func state(
        _ handler: CommandHandler.Served, _ category: String, _ id: String, _ moment: Moment?
    ) async throws -> Response {
        do {
            let (version, json) = try await handler.state(id, moment)
            guard version > .zero else {
                let then = moment == nil ? "is no" : "was no"
                throw Problem(code: .notFound, detail: "there \(then) \(category) \(id)")
            }
            if case .version(let wanted) = moment, version < wanted {
                throw Problem(code: .notFound, detail: "\(category) \(id) is only at version \(version)")
            }
            let response = StateResponse(id: id, version: version, state: EncodedJSON(json))
            return try .document(response, version: version)
        } catch {
            throw CommandProblem.translate(error)
        }
    }
}

extension Response {
    /// A response with a document that tells the version of a stream.
    static func document(_ document: some APIDocument, version: StreamVersion) throws -> Response {
        try .document(document, headers: [.eTag: "\"\(version)\""])
    }
}
