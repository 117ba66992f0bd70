package import Hummingbird

/// Looks at a request before anything is done for it.
package protocol RequestGuard: Sendable {
    /// Lets it through, by not throwing.
    ///
    /// - Parameter route: The template of the route that takes the request; `nil` if there is none.
    /// - Throws: What it is refused with.
    func check(_ request: Request, for route: String?) throws
}

/// Lets through what all guards let through, asked in their order.
///
/// They are one step on a request's way: each step costs more than what the guards look at.
package struct RequestGuards<Context: RequestContext>: RouterMiddleware {
    private let guards: [any RequestGuard]

    package init(_ guards: any RequestGuard...) { self.guards = guards }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        for guardian in guards { try guardian.check(request, for: context.matchedRoute) }
        return try await next(request, context)
    }
}
