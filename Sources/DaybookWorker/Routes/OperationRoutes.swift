import Daybook
import DaybookAPI
import DaybookService
import Foundation
import Hummingbird

/// The operations on a projection or a reaction.
struct OperationRoutes<Host: Operated>: Sendable {
    let host: Host

    /// The query parameters of the routes.
    var parameters: RouteParameters {
        let operations = [WorkerAPI.parked, WorkerAPI.parkedOfStream]
        return RouteParameters(operations.map { $0.replacing("name", with: host.name) })
    }

    func add(to router: Router<BasicRequestContext>) {
        router.serve(WorkerAPI.pause, of: host.name) { request, _ in try await setPaused(true, request) }
        router.serve(WorkerAPI.resume, of: host.name) { request, _ in try await setPaused(false, request) }
        router.serve(WorkerAPI.reset, of: host.name) { request, _ in
            try await request.requireEmptyBody()
            return try await answered {
                try await host.reset()
                return try Response.document(try await host.report())
            }
        }
        addParked(to: router)
    }

    private func addParked(to router: Router<BasicRequestContext>) {
        router.serve(WorkerAPI.parked, of: host.name) { request, _ in
            let selection = try ParkedSelection(request.parameters(WorkerAPI.parked.parameters))
            return try await answered { try Response.document(ParkedResponse(try await host.parked(selection))) }
        }
        router.serve(WorkerAPI.parkedOfStream, of: host.name) { request, context in
            let (source, stream) = try Self.place(context)
            var selection = try ParkedSelection(request.parameters(WorkerAPI.parkedOfStream.parameters))
            selection.source = source
            selection.stream = stream
            selection.includesWaiting = true
            return try await answered { [selection] in
                let page = try await host.parked(selection)
                guard !page.parked.isEmpty || selection.after != nil else { throw Self.notParked(stream) }
                return try Response.document(ParkedResponse(page))
            }
        }
        router.serve(WorkerAPI.retryParked, of: host.name) { request, context in
            try await request.requireEmptyBody()
            let (source, stream) = try Self.place(context)
            return try await answered {
                guard let outcome = try await host.retryParked(stream, of: source) else {
                    throw Self.notParked(stream)
                }
                return try Response.document(ParkedRetryResponse(outcome))
            }
        }
        router.serve(WorkerAPI.skipParked, of: host.name) { request, context in
            try await request.requireEmptyBody()
            let (source, stream) = try Self.place(context)
            return try await answered {
                guard let outcome = try await host.skipParked(stream, of: source) else {
                    throw Self.notParked(stream)
                }
                return try Response.document(ParkedRetryResponse(outcome))
            }
        }
    }

    private func setPaused(_ isPaused: Bool, _ request: Request) async throws -> Response {
        try await request.requireEmptyBody()
        return try await answered {
            try await host.setPaused(isPaused)
            return try Response.document(try await host.report())
        }
    }

    private static func notParked(_ stream: String) -> Problem {
        Problem(code: .notParked, detail: "nothing of \(stream) is parked")
    }

    private static func place(_ context: BasicRequestContext) throws -> (Source, String) {
        // A source may contain slashes and colons, which come encoded.
        (Source(try context.pathParameter("source")), try context.pathParameter("stream"))
    }
}

extension ParkedSelection {
    /// The choice that a request asks for.
    ///
    /// - Throws: `QueryError` when it is to go on after what is no place.
    fileprivate init(_ parameters: QueryParameters) throws(QueryError) {
        self.init(
            stream: parameters["stream"], includesWaiting: parameters.flag("waiting") ?? false,
            limit: parameters.limit())
        guard let text = parameters["after"] else { return }
        guard let place = ParkedPlace(text) else { throw QueryError("after must be the next of an answer") }
        after = place
    }
}

extension Router {
    /// Serves an operation for the projection or the reaction of a name.
    func serve(
        _ operation: DaybookAPI.Operation, of name: String,
        by handler: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        serve(operation.replacing("name", with: name), by: handler)
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
        case let refusal as OperationRefused: self.init(code: refusal.code, detail: refusal.detail)
        case let refusal as PromotionRefused:
            self.init(code: .promotionRefused, detail: refusal.description)
        case let error as PromotionUnderWay:
            self.init(code: .promotionUnderWay, detail: error.description)
        case let refusal as ForgettingNotSkipped:
            self.init(code: .forgettingNotSkipped, detail: refusal.description)
        case let error as HistoryError: self.init(code: .noHistory, detail: "\(error)")
        case let error as NothingServes: self.init(code: .beingBuilt, detail: "\(error)")
        default: return nil
        }
    }
}
