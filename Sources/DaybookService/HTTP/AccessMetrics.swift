import CoreMetrics
public import Hummingbird

/// Counts requests and times them: `http_requests_total` and `http_request_duration_seconds`.
///
/// The labels are bounded: the method is one of the usual ones or `other`, the route is a template.
public struct AccessMetrics<Context: RequestContext>: RouterMiddleware {
    private let registry: PrometheusRegistry

    /// Records into this registry.
    public init(registry: PrometheusRegistry) {
        self.registry = registry
        registry.describe("http_requests", "Requests answered.")
        registry.describe("http_request_duration", "Time from a request's head to its response's head.")
    }

    /// Answers with what comes from behind.
    ///
    /// - Throws: what is thrown from behind, which is not recorded. `ProblemMiddleware` leaves nothing to throw.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let nanoseconds = Int64((ContinuousClock.now - start) / .nanoseconds(1))

        let method = ("method", HTTPRequest.Method.usual.contains(request.method) ? request.method.rawValue : "other")
        let route = ("route", context.matchedRoute ?? "unmatched")
        let status = ("status", "\(response.status.code)")
        Counter(label: "http_requests", dimensions: [method, route, status], factory: registry).increment()
        Timer(label: "http_request_duration", dimensions: [method, route], factory: registry)
            .recordNanoseconds(nanoseconds)
        return response
    }
}

extension HTTPRequest.Method {
    /// The methods that are told apart. A client can make up any others.
    static let usual: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}
