import Metrics

/// What the runner counts that is fed by queue: the one whose rows are read. Others of its projection would count the
/// same events once more, and write over its lag.
struct RunnerMetrics: Sendable {
    let posted: Metrics.Counter
    let ignored: Metrics.Counter
    let unreadable: Metrics.Counter
    let parked: Metrics.Counter
    let lag: Gauge
    let lagSeconds: Gauge
    let isWell: Gauge

    init(projection: String) {
        let dimensions = [("projection", projection)]
        posted = Metrics.Counter(label: "daybook_posted_events", dimensions: dimensions)
        ignored = Metrics.Counter(label: "daybook_ignored_messages", dimensions: dimensions)
        unreadable = Metrics.Counter(label: "daybook_unreadable_messages", dimensions: dimensions)
        parked = Metrics.Counter(label: "daybook_parked_events", dimensions: dimensions)
        lag = Gauge(label: "daybook_projection_lag_events", dimensions: dimensions)
        lagSeconds = Gauge(label: "daybook_projection_lag_seconds", dimensions: dimensions)
        isWell = Gauge(label: "daybook_projection_well", dimensions: dimensions)
    }
}
