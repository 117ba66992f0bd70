import Daybook

/// The environment variables of all programs of Daybook.
///
/// Programs are started from one shell, where variables of several are exported: what one does not declare is another's,
/// and no mistake. A name that none of them has is one.
enum FamilyVariables {
    private static let keys = [
        "aggregates.cached", "broker.password", "broker.password-file", "broker.topology", "broker.url",
        "broker.url-file", "failures.longest-wait", "failures.retries", "failures.then", "head-check.interval",
        "http.host", "http.port", "http.token-file", "idempotency.retention", "keys.path", "log.format", "log.level",
        "partitions", "prefetch", "query.patience", "reactions.begin", "reactions.path",
        "reactions.timeout", "read-model.path",
        "readiness.longest-lag", "readiness.longest-lag-time", "relay.window", "share", "shutdown.timeout", "source",
        "sources", "store.path", "worker.token-file", "workers", "writer.token-file", "writer.url",
    ]

    static let names = Set(keys.map { Setting($0, default: "", purpose: "").environmentName })
}
