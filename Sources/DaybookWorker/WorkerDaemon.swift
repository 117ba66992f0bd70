import Daybook
import DaybookRabbitMQ
public import DaybookSQLite
public import DaybookService
import Hummingbird
public import Logging
public import ServiceLifecycle

/// A worker daemon: keeps one read model, and answers questions about it.
public enum WorkerDaemon {
    /// What a worker is told besides what every daemon is.
    public static func settings(projection: String, httpPort: Int) -> [Setting] {
        Settings.common(httpPort: httpPort) + [
            Setting(
                "sources", .string, default: nil,
                purpose: "names of the writers whose events are posted, separated by commas"),
            Setting(
                "partitions", .integer(1...100), default: "8",
                purpose: "partitions of the writers' logs; the same in the whole deployment"),
            Setting(
                "read-model.path", .string, default: "read-models/\(projection)", purpose: "the read model's folder"),
            Setting(
                "prefetch", .integer(1...2000), default: "300",
                purpose: "messages of one partition that may be unacknowledged"),
            Setting(
                "head-check.interval", .duration, default: "30s",
                purpose: "how often history is asked for the heads although nothing seems to be missing"),
            Setting(
                "failures.retries", .integer(0...1000), default: "3",
                purpose: "how often an event that cannot be posted is tried again"),
            Setting(
                "failures.longest-wait", .duration, default: "5s",
                purpose: "the longest wait between two attempts; they begin with 100ms and double"),
            Setting(
                "failures.then", .oneOf(["park", "pause"]), default: "park",
                purpose: "set the event aside with all later ones of its stream, or pause the projection"),
            Setting(
                "broker.topology", .oneOf(["declare", "check"]), default: "declare",
                purpose: "declare exchanges and queues, or only check those that deployment declared"),
        ]
    }

    /// Runs a worker for the projection until it is told to stop. Ends the process: 0 after a graceful stop, 78 when
    /// the configuration is wrong, 1 on any other failure.
    public static func main<Projection: SQLiteProjection>(
        name: String, projection: Projection, httpPort: Int
    ) async -> Never {
        let declared = settings(projection: Projection.name, httpPort: httpPort)
        await runDaemon(name: name, settings: declared) { settings, registry, logger in
            try services(name: name, projection: projection, settings: settings, registry: registry, logger: logger)
        }
    }

    /// Wires a worker: its history client, the host of its generations and its HTTP server, to be run together and stopped last first.
    ///
    /// - Throws: `ConfigurationError`, or when the read model's folder cannot be made.
    public static func services<Projection: SQLiteProjection>(
        name: String, projection: Projection, settings: Settings, registry: PrometheusRegistry, logger: Logger
    ) throws -> [any Service] {
        // Everything that can be wrong with the settings is found before a read model is made.
        let broker = try broker(name, settings, logger)
        let http = try HTTPSettings(settings)
        let sources = try sources(settings)
        let interval = try settings.duration("head-check.interval")
        guard interval >= .seconds(1) else { throw ConfigurationError("head-check.interval: at least 1s") }
        let folder = try settings.string("read-model.path")
        let partitionCount = try settings.integer("partitions")
        let history = broker.historyClient()
        let subscription = broker.subscription(
            projection: Projection.name, partitionCount: partitionCount,
            prefetch: UInt16(try settings.integer("prefetch")))
        let host = try ProjectionHost(
            projection: projection, folder: folder,
            feed: .init(
                subscription: subscription, history: history, sources: sources, partitionCount: partitionCount,
                headCheckInterval: interval, policy: try failurePolicy(settings)),
            logger: logger)
        describe(registry)
        let router = daemonRouter(settings: http, registry: registry, checks: [{ check(host.status) }])
        ProjectionRoutes(host: host).add(to: router)
        logger.info(
            "worker starts",
            metadata: [
                "projection": "\(Projection.name)", "broker": "\(broker)", "read-model": "\(folder)",
            ])
        return [
            history, host,
            httpService(router: router, settings: http, logger: logger) { port in
                logger.info("listening", metadata: ["url": "http://\(http.host):\(port)"])
            },
        ]
    }

    private static func broker(_ name: String, _ settings: Settings, _ logger: Logger) throws -> Broker {
        do {
            return try Broker(
                url: settings.brokerURL(), password: settings.secret("broker.password"), name: name,
                declaration: settings.string("broker.topology") == "check" ? .check : .declare, logger: logger)
        } catch let error as BrokerURLError {
            throw ConfigurationError("broker.url: \(error)")
        }
    }

    private static func failurePolicy(_ settings: Settings) throws -> FailurePolicy {
        FailurePolicy(
            retries: try settings.integer("failures.retries"),
            longestWait: try settings.duration("failures.longest-wait"),
            lastResort: FailurePolicy.LastResort(rawValue: try settings.string("failures.then")) ?? .park)
    }

    private static func sources(_ settings: Settings) throws -> [Source] {
        let names = try settings.string("sources").split(separator: ",", omittingEmptySubsequences: false).map {
            $0.split(whereSeparator: \.isWhitespace)
        }
        guard names.allSatisfy({ $0.count == 1 }), Set(names).count == names.count else {
            throw ConfigurationError("sources: different names separated by commas, such as users-writer")
        }
        return names.flatMap(\.self).map { Source(String($0)) }
    }

    private static func check(_ status: ProjectionStatus) -> Readiness {
        let unfit = status.lanes.filter { !["live", "catching-up", "standby"].contains($0.state) }
        let problem =
            status.problem
            ?? unfit.first.map { "\($0.partition) is \($0.state): \($0.problem ?? "no answer from its writer yet")" }
        let detail = problem ?? (status.isPaused ? "paused" : status.isConnected ? "lag \(status.lag)" : "no broker")
        return Readiness(
            name: status.projection, isReady: problem == nil && !status.lanes.isEmpty && status.isConnected,
            detail: detail)
    }

    private static func describe(_ registry: PrometheusRegistry) {
        registry.describe("daybook_projection_lag_events", "Events in the log that the read model does not have.")
        registry.describe("daybook_projection_lag_seconds", "Age of the last posted event while there is a lag.")
        registry.describe("daybook_posted_events", "Events that were posted.")
        registry.describe("daybook_parked_events", "Events that were set aside because they could not be posted.")
        registry.describe("daybook_ignored_messages", "Messages of sources that this worker is not told to post.")
        registry.describe("daybook_unreadable_messages", "Messages that were kept because they could not be read.")
    }
}
