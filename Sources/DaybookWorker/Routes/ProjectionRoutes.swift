import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird

/// The operations on a projection's generations, and the projection's queries.
struct ProjectionRoutes: Sendable {
    let host: ProjectionHost
    /// The longest wait of a query for what it must show.
    let timeout: Duration
    /// Earlier versions, whose rows may serve while those of the present one are built.
    let earlier: [ProjectionDescription]

    /// The query parameters of the routes.
    var parameters: RouteParameters {
        let queries = RouteParameters(host.projection.queries.map { $0.operation })
        return RowRoutes(host: host).parameters.merging(queries) { first, _ in first }
    }

    func add(to router: Router<BasicRequestContext>) {
        addGenerations(to: router)
        addComparison(to: router)
        RowRoutes(host: host).add(to: router)
        for query in host.projection.queries {
            let versions = versions(of: query)
            router.serve(query.operation) { request, context in
                try await answer(versions, request, context)
            }
        }
    }

    /// A query as each version of the projection answers it that this worker has the code of.
    private func versions(of query: any QueryDescription) -> [Int: any QueryDescription] {
        var versions = [host.projection.version: query]
        for projection in earlier {
            versions[projection.version] = projection.queries.first { $0.path == query.path }
        }
        return versions
    }

    // MARK: Generations

    private func addGenerations(to router: Router<BasicRequestContext>) {
        router.serve(WorkerAPI.rebuild, of: host.name) { request, _ in
            let conditions = try await request.bodyJSON(RebuildRequest.self)
            return try await told {
                try await host.operations.rebuild(
                    isHeld: conditions.hold ?? false, requiresEqual: conditions.requireEqual ?? false)
            }
        }
        func serve(_ operation: DaybookAPI.Operation, by body: @escaping @Sendable () async throws -> Void) {
            router.serve(operation, of: host.name) { request, _ in
                try await request.requireEmptyBody()
                return try await told(body)
            }
        }
        serve(WorkerAPI.promote) { try await host.operations.promoteBuilt() }
        serve(WorkerAPI.cancel) { try await host.operations.cancelBuild() }
        serve(WorkerAPI.drop) { try await host.operations.dropPrevious() }
        router.serve(WorkerAPI.rollback, of: host.name) { request, _ in
            let conditions = try await request.bodyJSON(RollbackRequest.self)
            return try await told { try await host.operations.rollBack(forcing: conditions.force) }
        }
        router.serve(WorkerAPI.rebuildEstimate, of: host.name) { _, _ in
            try await answered { try Response.document(try await RebuildEstimation(scratch: host.scratch).estimate()) }
        }
    }

    private func addComparison(to router: Router<BasicRequestContext>) {
        router.serve(WorkerAPI.beginComparison, of: host.name) { request, _ in
            try await request.requireEmptyBody()
            return try await answered {
                try host.beginComparison()
                return try Response.document(host.comparison.last ?? ComparisonResponse())
            }
        }
        router.serve(WorkerAPI.comparison, of: host.name) { _, _ in
            guard let comparison = host.comparison.last else {
                throw Problem(code: .notCompared, detail: "nothing was compared since this worker began")
            }
            return try Response.document(comparison)
        }
    }

    /// Does what an operator asks, and shows how things stand then.
    private func told(_ body: () async throws -> Void) async throws -> Response {
        try await answered {
            try await body()
            return try Response.document(try await host.report())
        }
    }

    // MARK: Queries

    private func answer(
        _ versions: [Int: any QueryDescription], _ request: Request, _ context: BasicRequestContext
    ) async throws -> Response {
        var path: [String: String] = [:]
        for (name, _) in context.parameters { path[String(name)] = try context.pathParameter(String(name)) }
        do {
            let version = try host.context.reader.version()
            guard let query = versions[version] else {
                throw OtherVersionServes(serving: version, wanted: host.projection.version)
            }
            let parameters = try request.parameters(query.parameters, path: path)
            guard let found = try await rows(query, parameters, of: version, request) else {
                throw Problem(code: .notFound, detail: "there is nothing at \(request.uri.path)")
            }
            return Response.json(bytes: found)
        } catch let error as NothingServes {
            throw Problem(code: .beingBuilt, detail: "\(error)")
        } catch let error as OtherVersionServes {
            throw Problem(code: .otherVersionServes, detail: "\(error)")
        } catch let error as NotShown {
            throw error.problem
        }
    }

    /// Asks for what the token in the header `Daybook-Token` stands for, if there is one.
    private func rows(
        _ query: any QueryDescription, _ parameters: QueryParameters, of version: Int, _ request: Request
    ) async throws -> [UInt8]? {
        let header = HTTPField.Name(of: .token)
        guard let text = header.flatMap({ request.headers[$0] }) else {
            return try await host.context.reader.answer(query, parameters, of: version)
        }
        guard let token = WriteToken(text), host.context.feed.sources.contains(token.source),
            token.place.partition.index < host.context.feed.partitionCount
        else {
            throw Problem(
                code: .invalidHeader,
                detail: "Daybook-Token must be the token of a command's answer, of a writer that is posted here")
        }
        return try await host.tokenQueries.answer(
            TokenQuery(query: query, parameters: parameters, version: version, token: token), within: timeout)
    }
}

extension QueryDescription {
    /// The operation that answers it.
    fileprivate var operation: DaybookAPI.Operation {
        WorkerAPI.query(path: path, summary: summary, parameters: parameters)
    }
}

extension NotShown {
    fileprivate var problem: Problem {
        switch self {
        case .behind(let lag):
            Problem(
                code: .notYet,
                detail: "the read model does not have it yet: \(lag) events behind",
                members: ["lag": .number(String(lag))], headers: [.retryAfter: "1"])
        case .parked(let stream):
            Problem(
                code: .parked,
                detail: "events of \(stream) are parked: see daybook parked list", members: ["stream": .text(stream)])
        case .otherLog:
            Problem(
                code: .otherLog,
                detail: "the token is of another log than the one that is posted here, or of a place that is not in it")
        case .stopped(let reason): Problem(code: .otherLog, detail: reason)
        }
    }
}
