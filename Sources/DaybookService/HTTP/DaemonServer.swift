import DaybookAPI
import HTTPTypes
public import Hummingbird
public import Logging

/// A router with everything a daemon's HTTP interface has in common: access metrics, problem documents, the
/// guards of clients that read nothing, of targets and of query parameters, the guard that fits the settings, health and
/// metrics routes.
///
/// What the daemon adds to it is behind all of these. A HEAD request is answered wherever GET is.
///
/// - Parameter parameters: The query parameters that the daemon's routes take; any other is refused.
public func daemonRouter(
    settings: HTTPSettings, registry: PrometheusRegistry, checks: [HealthCheck], parameters: RouteParameters = [:]
) -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self, options: [.autoGenerateHeadEndpoints])
    router.add(middleware: AccessMetrics(registry: registry))
    router.add(middleware: ProblemMiddleware())
    router.add(middleware: StalledReaderGuard())
    router.add(
        middleware: RequestGuards(
            settings.token.map { TokenGuard(token: $0) } ?? LoopbackGuard(), TargetGuard(), ParameterGuard(parameters)))
    HealthRoutes.add(to: router, checks: checks, registry: registry)
    return router
}

/// The server for a router whose routes are all added. It stops gracefully with its service group.
///
/// - Parameters:
///   - onServerRunning: is given the port that was bound, also when the settings leave it open.
public func httpService(
    router: Router<BasicRequestContext>, settings: HTTPSettings, logger: Logger,
    onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
) -> HTTPService {
    router.refuseOtherMethods()
    return HTTPService(
        responder: NormalizingResponder(inner: router.buildResponder()), settings: settings, logger: logger,
        onServerRunning: onServerRunning)
}

extension Router {
    /// Answers 405 on every path that is served, for the methods it is not served with.
    ///
    /// The router by itself answers 404 there, which would send people looking for a mistake in the path.
    func refuseOtherMethods() {
        for (path, routes) in Dictionary(grouping: routes, by: \.path.description) {
            var served = Set(routes.map(\.method))
            if served.contains(.get) { served.insert(.head) }
            let allowed = served.map(\.rawValue).sorted().joined(separator: ", ")
            for method in HTTPRequest.Method.usual.subtracting(served) {
                on(RouterPath(path), method: method) { request, _ -> Response in
                    throw Problem(
                        code: .methodNotAllowed,
                        detail: "\(request.method.rawValue) is not served here, only \(allowed)",
                        headers: [.allow: allowed])
                }
            }
        }
    }
}
