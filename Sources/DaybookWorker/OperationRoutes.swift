import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import Hummingbird

/// What an operator may ask of a projection or a reaction under `/v1/projections/{name}`.
struct OperationRoutes<Host: Operated>: Sendable {
    let host: Host

    private static var taken: [QueryParameter] {
        [QueryParameter("waiting", .flag, purpose: "with those that wait behind them")]
    }

    static var parameters: RouteParameters { ["/v1/projections/\(Host.name)/parked": taken] }

    func add(to router: Router<BasicRequestContext>) {
        let group = router.group("v1/projections/\(Host.name)")
        group.post("pause") { request, _ in try await setPaused(true, request) }
        group.post("resume") { request, _ in try await setPaused(false, request) }
        group.post("reset") { request, _ in
            try await request.requireEmptyBody()
            return try await answered {
                try await host.reset()
                return try Response.of(try await host.report())
            }
        }
        group.get("parked") { request, _ in
            let isWhole = try request.parameters(Self.taken).flag("waiting") ?? false
            return try await answered { try Response.of(["parked": try await host.parked(waiting: isWhole)]) }
        }
        group.get("parked/{source}/{stream}") { _, context in
            let (source, stream) = try Self.place(context)
            return try await answered {
                let events = try await host.parked(waiting: true).filter { $0.source == source && $0.stream == stream }
                guard !events.isEmpty else { throw Self.notParked(stream) }
                return try Response.of(["parked": events])
            }
        }
        group.post("parked/{source}/{stream}/retry") { request, context in
            try await request.requireEmptyBody()
            let (source, stream) = try Self.place(context)
            return try await answered { try Response.of(try await host.retryParked(stream, of: source)) }
        }
        group.post("parked/{source}/{stream}/skip") { request, context in
            try await request.requireEmptyBody()
            let (source, stream) = try Self.place(context)
            return try await answered {
                guard let outcome = try await host.skipParked(stream, of: source) else {
                    throw Self.notParked(stream)
                }
                return try Response.of(outcome)
            }
        }
    }

    private func setPaused(_ isPaused: Bool, _ request: Request) async throws -> Response {
        try await request.requireEmptyBody()
        return try await answered {
            try await host.setPaused(isPaused)
            return try Response.of(try await host.report())
        }
    }

    private static func notParked(_ stream: String) -> Problem {
        Problem(.notFound, code: "not-parked", detail: "nothing of \(stream) is parked")
    }

    private static func place(_ context: BasicRequestContext) throws -> (Source, String) {
        // A source may contain slashes and colons, which come encoded.
        (Source(try context.pathParameter("source")), try context.pathParameter("stream"))
    }
}

/// Answers an operator, also with what cannot be done now.
func answered(_ body: () async throws -> Response) async throws -> Response {
    do { return try await body() } catch {
        if let problem = Problem(refusing: error) { throw problem }
        throw error
    }
}

extension Problem {
    /// Says what cannot be done now; `nil` for any other error.
    init?(refusing error: any Error) {
        switch error {
        case let refusal as OperationRefused: self.init(.conflict, code: refusal.code, detail: refusal.detail)
        case let refusal as PromotionRefused:
            self.init(.conflict, code: "promotion-refused", detail: refusal.description)
        case let error as PromotionUnderWay:
            self.init(.conflict, code: "promotion-under-way", detail: error.description)
        case let refusal as ForgettingNotSkipped:
            self.init(.conflict, code: "forgetting-not-skipped", detail: refusal.description)
        case let error as HistoryError: self.init(.serviceUnavailable, code: "no-history", detail: "\(error)")
        case let error as NothingServes: self.init(.serviceUnavailable, code: "being-built", detail: "\(error)")
        default: return nil
        }
    }
}

extension Response {
    static func of(_ value: some Encodable) throws -> Response { json(bytes: try JSON.encode(value)) }

    static func json(bytes: [UInt8]) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
