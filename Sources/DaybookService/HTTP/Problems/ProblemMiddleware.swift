public import Hummingbird
import Logging

/// Turns every error thrown behind it into a problem document. An unexpected error is logged, and the client
/// learns only that there was one.
public struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    /// The middleware.
    public init() {}

    /// Answers with what comes from behind, or with the problem.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async -> Response {
        do {
            return try await next(request, context)
        } catch {
            let response = problem(for: error, request, context).response()
            // A HEAD response has no body; bytes sent all the same would be taken for the next response.
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    private func problem(for error: any Error, _ request: Request, _ context: Context) -> Problem {
        if (error as? HTTPError)?.status == .notFound, context.matchedRoute == nil {
            return .noSuchRoute(request)
        }
        if let problem = Problem(telling: error) { return problem }
        context.logger.error(
            "request failed",
            metadata: [
                "error": "\(error)", "method": "\(request.method)", "path": "\(request.uri.path)",
            ])
        return .internalError
    }
}

extension RequestContext {
    /// The template of the route that took the request, such as `/users/{id}`; `nil` if there is none.
    var matchedRoute: String? {
        // Hummingbird's router sets this text when nothing matches. A real template begins with a slash.
        endpointPath == "NotFound" ? nil : endpointPath
    }
}
