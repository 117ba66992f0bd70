import CoreMetrics
import HTTPTypes
public import Hummingbird
import Synchronization

/// Counts requests and times them: `http_requests_total` and `http_request_duration_seconds`.
///
/// The labels are bounded: the method is one of the usual ones or `other`, the route is a template.
public final class AccessMetrics<Context: RequestContext>: RouterMiddleware {
    /// The labels that tell one series from another. There are only so many.
    private struct Labels: Hashable {
        let method: HTTPRequest.Method?
        let route: String?
        let status: Int
    }

    private struct Series {
        let count: Counter
        let duration: Timer
    }

    private let registry: PrometheusRegistry
    private let known = Mutex<[Labels: Series]>([:])

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

        let series = series(
            Labels(
                method: HTTPRequest.Method.usual.contains(request.method) ? request.method : nil,
                route: context.matchedRoute, status: response.status.code))
        series.count.increment()
        series.duration.recordNanoseconds(nanoseconds)
        return response
    }

    private func series(_ labels: Labels) -> Series {
        known.withLock { known in
            if let series = known[labels] { return series }
            let method = ("method", labels.method?.rawValue ?? "other")
            let route = ("route", labels.route ?? "unmatched")
            let status = ("status", "\(labels.status)")
            let made = Series(
                count: Counter(label: "http_requests", dimensions: [method, route, status], factory: registry),
                duration: Timer(label: "http_request_duration", dimensions: [method, route], factory: registry))
            known[labels] = made
            return made
        }
    }
}

extension HTTPRequest.Method {
    /// The methods that are told apart. A client can make up any others.
    static let usual: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}
