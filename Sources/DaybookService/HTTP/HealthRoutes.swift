import DaybookAPI
public import Hummingbird

/// `true` when one thing a daemon needs is there.
public struct Readiness: Sendable, Equatable {
    /// Its name, for example `broker`.
    public let name: String
    /// `true` when it can be used now.
    public let isReady: Bool
    /// The detail that a person should know about it.
    public let detail: String

    /// A finding.
    public init(name: String, isReady: Bool, detail: String = "") {
        self.name = name
        self.isReady = isReady
        self.detail = detail
    }
}

/// Finds out about one thing a daemon needs. It must answer quickly: the health report waits for it.
public typealias HealthCheck = @Sendable () async -> Readiness

/// The routes for whoever watches over a daemon.
public enum HealthRoutes {
    /// Serves ``HealthAPI``: the process answers, is 503 unless every check finds its thing ready, and shows metrics.
    public static func add<Context: RequestContext>(
        to router: Router<Context>, checks: [HealthCheck], registry: PrometheusRegistry
    ) {
        router.serve(HealthAPI.liveness) { _, _ in
            try Response.document(LivenessResponse())
        }
        router.serve(HealthAPI.readiness) { _, _ in
            var findings: [String: ReadinessCheck] = [:]
            for check in checks {
                let finding = await check()
                findings[finding.name] = ReadinessCheck(ready: finding.isReady, detail: finding.detail)
            }
            let report = ReadinessResponse(checks: findings)
            return try Response.document(report, status: report.status == .ready ? .ok : .serviceUnavailable)
        }
        router.serve(HealthAPI.metrics) { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: registry.render())))
        }
    }
}
