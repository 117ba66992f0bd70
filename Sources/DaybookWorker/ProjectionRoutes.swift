import Daybook
import DaybookSQLite
import DaybookService
import Hummingbird

/// `GET /v1/projections`, and the projection's queries under `/v1`.
enum ProjectionRoutes {
    static func add<Projection: SQLiteProjection>(
        to router: Router<BasicRequestContext>, runner: ProjectionRunner, readModel: SQLiteReadModel<Projection>
    ) {
        router.get("v1/projections") { _, _ in
            var status = runner.status
            // What is kept in the read model counts, not only what came since this process began.
            status.unreadable = try await readModel.unreadableCount()
            return json(try JSON.encode(["projections": [Report(status)]]))
        }
        for query in Projection.queries {
            router.get(RouterPath("v1/\(query.path)")) { request, context in
                try await answer(query, readModel, request, context)
            }
        }
    }

    private static func answer<Projection: SQLiteProjection>(
        _ query: ReadModelQuery, _ readModel: SQLiteReadModel<Projection>, _ request: Request,
        _ context: BasicRequestContext
    ) async throws -> Response {
        var values: [String: String] = [:]
        for (name, value) in request.uri.queryParameters {
            values[String(name)] = String(value)
        }
        for (name, value) in context.parameters { values[String(name)] = String(value) }
        do {
            guard let found = try await readModel.answer(query, QueryParameters(values)) else {
                throw Problem(.notFound, code: "not-found", detail: "there is nothing at \(request.uri.path)")
            }
            return json(found)
        } catch let error as QueryError {
            throw Problem(.badRequest, code: "invalid-parameter", detail: "\(error)")
        }
    }

    private static func json(_ body: [UInt8]) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// A status with its sums.
    private struct Report: Encodable {
        let status: ProjectionStatus

        init(_ status: ProjectionStatus) { self.status = status }

        private enum CodingKeys: CodingKey { case lag, lagSeconds, isCurrent }

        func encode(to encoder: any Encoder) throws {
            try status.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(status.lag, forKey: .lag)
            try container.encode(status.lagSeconds, forKey: .lagSeconds)
            try container.encode(status.isCurrent, forKey: .isCurrent)
        }
    }
}
