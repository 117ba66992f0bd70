import Daybook
public import Hummingbird

/// Whether one thing a daemon needs is there.
public struct Readiness: Sendable, Equatable {
    /// What it is, for example `broker`.
    public let name: String
    /// Whether it can be used now.
    public let isReady: Bool
    /// What a person should know about it.
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
    /// Adds `GET /health/live`, which answers while the process does, `GET /health/ready`, which is 503 unless
    /// every check finds its thing ready, and `GET /metrics`.
    public static func add<Context: RequestContext>(
        to router: Router<Context>, checks: [HealthCheck], registry: PrometheusRegistry
    ) {
        router.get("/health/live") { _, _ in
            Response.json(["status": "live"])
        }
        router.get("/health/ready") { _, _ in
            var findings: [Readiness] = []
            for check in checks {
                findings.append(await check())
            }
            return report(findings)
        }
        router.get("/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: registry.render())))
        }
    }

    private static func report(_ findings: [Readiness]) -> Response {
        let isReady = findings.allSatisfy(\.isReady)
        let checks = findings.map { finding -> (String, JSONData) in
            (finding.name, ["ready": .boolean(finding.isReady), "detail": .text(finding.detail)])
        }
        return Response.json(
            [
                "status": .text(isReady ? "ready" : "not-ready"),
                "checks": .object(Dictionary(checks) { _, last in last }),
            ],
            status: isReady ? .ok : .serviceUnavailable)
    }
}
