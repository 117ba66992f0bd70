import Daybook
import DaybookService
import Foundation
import Hummingbird

/// `POST /v1/{category}/{id}/{command}`, `POST /v1/{category}/{command}` and `GET /v1/{category}/{id}`, for every
/// registered aggregate.
struct CommandRoutes {
    let store: any EventStore
    let source: Source
    let epoch: Epoch

    /// A command's body may have as many bytes.
    static let bodyLimit = 1 << 20

    func add(_ handler: CommandHandler, to router: Router<BasicRequestContext>) {
        let group = router.group("v1/\(handler.category)")
        group.post("{id}/{command}") { request, context in
            let (id, command) = (try context.parameters.require("id"), try context.parameters.require("command"))
            return try await execute(handler, command, on: id, request, isNew: false)
        }
        // Here the one segment is the command. It shares the name with the id above, as they stand in one place.
        group.post("{id}") { request, context in
            try await execute(
                handler, try context.parameters.require("id"), on: UniqueID.new().description, request,
                isNew: true)
        }
        group.get("{id}") { _, context in try await state(handler, try context.parameters.require("id")) }
    }

    private func execute(
        _ handler: CommandHandler, _ command: String, on id: String, _ request: Request, isNew: Bool
    ) async throws -> Response {
        let body = try await request.bodyBytes(upTo: Self.bodyLimit)
        let headers = CommandHeaders(request.headers)
        let route = "\(handler.category)/\(command)"
        let commandRequest = CommandRequest(
            command: command, id: id, body: body.isEmpty ? Array("{}".utf8) : body,
            expected: try headers.expectedVersion(), metadata: try headers.metadata(),
            idempotency: try headers.idempotency(route: route, id: id, body: body, isNew: isNew))
        guard (try? JSONSerialization.jsonObject(with: Data(commandRequest.body))) is [String: Any] else {
            throw Problem(.badRequest, code: "malformed-body", detail: "the body must be a JSON object")
        }
        do {
            return try response(to: await handler.execute(commandRequest, store))
        } catch {
            throw CommandProblem.translate(error)
        }
    }

    private func response(to answer: CommandAnswer) throws -> Response {
        if let refusal = answer.refusal {
            throw Problem(.unprocessableContent, code: refusal.code, detail: refusal.message)
        }
        let token = answer.published.map { "\(source)/\(epoch)/\($0.partition.index)/\($0.offset)" }
        let body = CommandResponse(
            id: StreamName(stored: answer.stream).id, version: answer.version, position: answer.position, token: token)
        return .json(try JSON.encode(body), version: answer.version)
    }

    private func state(_ handler: CommandHandler, _ id: String) async throws -> Response {
        do {
            let (version, json) = try await handler.state(id, store)
            guard version > .zero else {
                throw Problem(.notFound, code: "not-found", detail: "there is no \(handler.category) \(id)")
            }
            let head = Array("{\"id\":\"\(id)\",\"version\":\(version),\"state\":".utf8)
            return .json(head + json + [UInt8(ascii: "}")], version: version)
        } catch {
            throw CommandProblem.translate(error)
        }
    }
}

private struct CommandResponse: Encodable {
    let id: String
    let version: StreamVersion
    let position: Position?
    let token: String?
}

extension Response {
    static func json(_ body: [UInt8], version: StreamVersion) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .eTag: "\"\(version)\""],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
