public import Daybook
import DaybookService

extension WorkerDaemon {
    /// The settings of a worker besides those of every daemon, with the settings of its stores.
    public static func settings(projection: RegisteredProjection, httpPort: Int) -> [Setting] {
        let stores = projection.stores
        let parts: [[Setting]] = [
            Settings.common(httpPort: httpPort), feeding, failures,
            stores.readModelSettings(projection: projection.description.name), queries, stores.reactionSettings,
            reactions, readiness,
        ]
        return parts.flatMap(\.self)
    }

    private static var queries: [Setting] {
        [
            Setting(
                "query.patience", .duration, default: "2s",
                purpose: "how long a query with a token waits for what the command has written")
        ]
    }

    private static var reactions: [Setting] {
        [
            Setting(
                "reactions.begin", .oneOf(["head", "beginning"]), default: "head",
                purpose: "where a reaction begins in a log that it has not seen: after its last event, or at the first"),
            Setting(
                "reactions.timeout", .duration, default: "60s",
                purpose: "how long it may take to react to one event"),
        ]
    }

    private static var readiness: [Setting] {
        [
            Setting(
                "readiness.longest-lag", .integer(0...Int.max), default: "0",
                purpose: "events that it may be behind and still be ready; 0 for any number"),
            Setting(
                "readiness.longest-lag-time", .duration, default: "0s",
                purpose: "how old the last posted event may be while others wait; 0s for any age"),
        ]
    }

    private static var feeding: [Setting] {
        [
            Setting(
                "sources", .string, default: nil,
                purpose: "names of the writers whose events are posted, separated by commas"),
            Setting(
                "partitions", .integer(1...100), default: "8",
                purpose: "partitions of the writers' logs; the same in the whole deployment"),
            Setting(
                "prefetch", .integer(1...2000), default: "300",
                purpose: "messages of one partition that may be unacknowledged"),
            Setting(
                "share", .string, default: "1/1",
                purpose: "which partitions it asks for first: 1/2 for the first of two workers, 2/2 for the second"),
            Setting(
                "head-check.interval", .duration, default: "30s",
                purpose: "how often history is asked for the heads although nothing seems to be missing"),
        ]
    }

    private static var failures: [Setting] {
        [
            Setting(
                "failures.retries", .integer(0...1000), default: "3",
                purpose: "how often an event that cannot be posted is tried again"),
            Setting(
                "failures.longest-wait", .duration, default: "5s",
                purpose: "the longest wait between two attempts; they begin with 100ms and double"),
            Setting(
                "failures.then", .oneOf(["park", "pause"]), default: "park",
                purpose: "set the event aside with all later ones of its stream, or pause the projection"),
        ]
    }
}
