import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import Hummingbird

/// `GET /v1/projections`, what an operator may ask of the projection under `/v1/projections/{name}`, and the
/// projection's queries under `/v1`.
struct ProjectionRoutes<Projection: SQLiteProjection>: Sendable {
    let host: ProjectionHost<Projection>

    func add(to router: Router<BasicRequestContext>) {
        router.get("v1/projections") { _, _ in
            try await Self.json(["projections": [host.report()]])
        }
        let group = router.group("v1/projections/\(Projection.name)")
        addGenerations(to: group)
        addParked(to: group)
        for query in Projection.queries {
            router.get(RouterPath("v1/\(query.path)")) { request, context in
                try await answer(query, request, context)
            }
        }
    }

    // MARK: Generations

    /// What a rebuild may be told.
    private struct Rebuild: Decodable {
        var hold: Bool?
        var requireEqual: Bool?
    }

    private func addGenerations(to group: RouterGroup<BasicRequestContext>) {
        group.post("rebuild") { request, _ in
            let body = try await request.bodyBytes(upTo: 1 << 16)
            let wish = body.isEmpty ? Rebuild() : try JSON.decode(Rebuild.self, from: body)
            return try await told {
                try await host.rebuild(isHeld: wish.hold ?? false, requiresEqual: wish.requireEqual ?? false)
            }
        }
        group.post("promote") { _, _ in try await told { try await host.promoteBuilt() } }
        group.post("cancel") { _, _ in try await told { try await host.cancelBuild() } }
        group.post("rollback") { _, _ in try await told { try await host.rollBack() } }
        group.post("drop") { _, _ in try await told { try await host.dropPrevious() } }
        group.post("pause") { _, _ in try await told { try await host.setPaused(true) } }
        group.post("resume") { _, _ in try await told { try await host.setPaused(false) } }
    }

    /// Does what an operator asks, and shows how things stand then.
    private func told(_ body: () async throws -> Void) async throws -> Response {
        try await asked {
            try await body()
            return try await Self.json(host.report())
        }
    }

    private func asked(_ body: () async throws -> Response) async throws -> Response {
        do { return try await body() } catch let refusal as OperationRefused {
            throw Problem(.conflict, code: refusal.code, detail: refusal.detail)
        } catch let refusal as PromotionRefused {
            throw Problem(.conflict, code: "promotion-refused", detail: refusal.description)
        } catch let error as NothingServes {
            throw Problem(.serviceUnavailable, code: "being-built", detail: "\(error)")
        }
    }

    // MARK: Parked events

    private func addParked(to group: RouterGroup<BasicRequestContext>) {
        group.get("parked") { request, _ in
            let isWhole = request.uri.queryParameters["waiting"] == "true"
            return try await asked { try Self.json(["parked": try await host.serving().parked(waiting: isWhole)]) }
        }
        group.post("parked/{source}/{stream}/retry") { _, context in
            let (source, stream) = try Self.place(context)
            return try await asked { try Self.json(try await host.retryParked(stream, of: source)) }
        }
        group.post("parked/{source}/{stream}/skip") { _, context in
            let (source, stream) = try Self.place(context)
            return try await asked {
                guard let outcome = try await host.skipParked(stream, of: source) else {
                    throw Problem(.notFound, code: "not-parked", detail: "nothing of \(stream) is parked")
                }
                return try Self.json(outcome)
            }
        }
    }

    private static func place(_ context: BasicRequestContext) throws -> (Source, String) {
        // A source may contain slashes and colons, which come encoded.
        let source = try context.parameters.require("source")
        return (Source(source.removingPercentEncoding ?? source), try context.parameters.require("stream"))
    }

    // MARK: Queries

    private func answer(
        _ query: ReadModelQuery, _ request: Request, _ context: BasicRequestContext
    ) async throws -> Response {
        var values: [String: String] = [:]
        for (name, value) in request.uri.queryParameters {
            values[String(name)] = String(value)
        }
        for (name, value) in context.parameters { values[String(name)] = String(value) }
        do {
            guard let found = try await host.reader.answer(query, QueryParameters(values)) else {
                throw Problem(.notFound, code: "not-found", detail: "there is nothing at \(request.uri.path)")
            }
            return Self.response(found)
        } catch let error as QueryError {
            throw Problem(.badRequest, code: "invalid-parameter", detail: "\(error)")
        } catch let error as NothingServes {
            throw Problem(.serviceUnavailable, code: "being-built", detail: "\(error)")
        }
    }

    private static func json(_ value: some Encodable) throws -> Response { response(try JSON.encode(value)) }

    private static func response(_ body: [UInt8]) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
