public import Daybook
import DaybookAPI
import DaybookRabbitMQ
public import DaybookService
import Hummingbird
public import Logging
public import ServiceLifecycle

/// A worker daemon: keeps one read model, answers questions about it, and lets reactions happen.
public enum WorkerDaemon {
    /// Runs a worker until it is told to stop. Ends the process: 0 after a graceful stop, 78 when the configuration is
    /// wrong, 1 on any other failure.
    ///
    /// - Parameters:
    ///   - projection: The projection, and the kind of the worker's stores: `.sqlite(UsersProjection())`.
    ///   - earlier: Versions of the projection whose generations go on being fed: one that still serves while the
    ///     present version is built, and afterwards one that a worker with the earlier code could go back to.
    ///   - own: Settings besides those that every worker has.
    ///   - reactions: What is to happen outside, made from the settings.
    public static func main(
        name: String, projection: RegisteredProjection, earlier: [RegisteredProjection] = [], httpPort: Int,
        settings own: [Setting] = [],
        reactions: @Sendable (Settings) throws -> [any Reaction] = { _ in [] }
    ) async -> Never {
        let declared = settings(projection: projection, httpPort: httpPort) + own
        await runDaemon(name: name, settings: declared) { settings, registry, logger in
            try services(
                name: name, projection: projection, earlier: earlier, reactions: try reactions(settings),
                settings: settings,
                registry: registry, logger: logger)
        }
    }

    /// Wires a worker: its history client, the hosts of its generations and reactions and its HTTP server, to be run
    /// together and stopped last first.
    ///
    /// - Throws: `ConfigurationError`, also when reactions share a name; or when there is no place for a read model.
    public static func services(
        name: String, projection: RegisteredProjection, earlier: [RegisteredProjection] = [],
        reactions: [any Reaction] = [], settings: Settings, registry: PrometheusRegistry, logger: Logger
    ) throws -> [any Service] {
        // Everything that can be wrong with the settings is found before a read model is made.
        let described = projection.description
        try requireDifferent([described.name] + reactions.map { type(of: $0).name })
        try requireDifferentPaths(of: described.queries)
        let broker = try settings.broker { url, password, isDeclaring in
            try Broker(
                url: url, password: password, name: name, declaration: isDeclaring ? .declare : .check, logger: logger)
        }
        let http = try HTTPSettings(settings)
        let limits = try ReadinessLimits(settings)
        let timeout = try settings.duration("query.patience")
        let history = broker.historyClient()
        let host = try projectionHost(projection, earlier: earlier, settings, logger) {
            try feed(described.name, broker, history, settings)
        }
        let states = try projection.stores.reactionStates(settings: settings)
        let reactionHosts = try reactions.map {
            try reactionHost($0, states, try feed(type(of: $0).name, broker, history, settings), settings, logger)
        }
        let operated: [any Operated] = [host] + reactionHosts
        let routes = ProjectionRoutes(host: host, timeout: timeout, earlier: earlier.map(\.description))
        describe(registry)
        let router = daemonRouter(
            settings: http, registry: registry, checks: operated.map { one in { limits.check(one.status) } },
            parameters: operated.map { parameters(of: $0) }
                .reduce(routes.parameters) { $0.merging($1) { first, _ in first } })
        router.serve(WorkerAPI.projections) { _, _ in
            var reports: [ProjectionReport] = []
            for one in operated { reports.append(try await one.report()) }
            return try Response.document(ProjectionsResponse(projections: reports))
        }
        routes.add(to: router)
        for one in operated { add(one, to: router) }
        for reaction in reactions { ReactionRoutes(name: type(of: reaction).name).add(to: router) }
        logger.info(
            "worker starts",
            metadata: [
                "projection": "\(described.name)", "broker": "\(broker)", "read-model": "\(host.store)",
            ])
        return [history] + host.supervisor.earlier + [host] + reactionHosts + [
            httpService(router: router, settings: http, logger: logger) { port in
                logger.info("listening", metadata: ["url": "http://\(http.host):\(port)"])
            }
        ]
    }

    /// Queues, files and routes are called by them.
    private static func requireDifferent(_ names: [String]) throws {
        let shared = Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
        guard shared.isEmpty else {
            throw ConfigurationError(
                shared.map { "\($0): the projection and each reaction of a worker need names of their own" })
        }
    }

    /// A path is the same whatever its parameters are called.
    private static func requireDifferentPaths(of queries: [any QueryDescription]) throws {
        func segments(_ path: String) -> [Substring] {
            path.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : $0 }
        }
        let paths = queries.map { $0.path }
        let shared = Dictionary(grouping: paths, by: segments).values.filter { $0.count > 1 }
        var problems = shared.map { "the queries \($0.joined(separator: " and ")) have one path" }
        for path in paths where segments(path).first == "projections" {
            problems.append("the query \(path) has the path of the operators' routes: /v1/projections")
        }
        guard problems.isEmpty else { throw ConfigurationError(problems.sorted()) }
    }

    private static func parameters(of operated: some Operated) -> RouteParameters {
        OperationRoutes(host: operated).parameters
    }

    private static func add(_ operated: some Operated, to router: Router<BasicRequestContext>) {
        OperationRoutes(host: operated).add(to: router)
        UnreadableRoutes(host: operated).add(to: router)
    }

    /// - Parameter feed: Makes a feed, of which each version of the projection has its own.
    private static func projectionHost(
        _ projection: RegisteredProjection, earlier: [RegisteredProjection], _ settings: Settings, _ logger: Logger,
        feed: () throws -> ProjectionFeed
    ) throws -> ProjectionHost {
        let feeders = try earlier.map { try feeder($0, of: projection.description, feed(), settings, logger) }
        return ProjectionHost(
            store: try projection.stores.readModel(settings: settings), feed: try feed(), isLeading: true,
            earlier: feeders, logger: logger)
    }

    private static func feeder(
        _ projection: RegisteredProjection, of present: ProjectionDescription, _ feed: ProjectionFeed,
        _ settings: Settings, _ logger: Logger
    ) throws -> any GenerationFeeder {
        let earlier = projection.description
        guard earlier.name == present.name, earlier.version < present.version else {
            throw ConfigurationError(
                "\(earlier.name) version \(earlier.version) is no earlier version of \(present.name) version "
                    + "\(present.version)")
        }
        return ProjectionHost(
            store: try projection.stores.readModel(settings: settings), feed: feed, isLeading: false, earlier: [],
            logger: logger)
    }

    private static func reactionHost(
        _ reaction: some Reaction, _ states: any ReactionStateStore, _ feed: ProjectionFeed, _ settings: Settings,
        _ logger: Logger
    ) throws -> any Service & Operated {
        let timeout = try settings.duration("reactions.timeout")
        guard timeout > .zero else { throw ConfigurationError("reactions.timeout: more than 0s") }
        return ReactionHost(
            reaction: reaction, states: states, feed: feed,
            isFromBeginning: try settings.string("reactions.begin") == "beginning", timeout: timeout, logger: logger)
    }

    /// The place where a projection or a reaction gets its events from.
    private static func feed(
        _ name: String, _ broker: Broker, _ history: any History, _ settings: Settings
    ) throws -> ProjectionFeed {
        let interval = try settings.duration("head-check.interval")
        guard interval >= .seconds(1) else {
            let found = try settings.string("head-check.interval")
            throw ConfigurationError("head-check.interval: found \(found), expected at least 1s")
        }
        let partitionCount = try settings.integer("partitions")
        let shareText = try settings.string("share")
        guard let share = PartitionShare(shareText), share.fits(partitionCount) else {
            throw ConfigurationError(
                "share: found \"\(shareText)\", expected which of how many workers it is, such as 1/2, and no more "
                    + "workers than partitions (\(partitionCount))")
        }
        let subscription = broker.subscription(
            projection: name, partitionCount: partitionCount,
            prefetch: UInt16(try settings.integer("prefetch")), share: share)
        return ProjectionFeed(
            subscription: subscription, history: history, sources: try sources(settings),
            partitionCount: partitionCount, headCheckInterval: interval, policy: try failurePolicy(settings))
    }

    private static func failurePolicy(_ settings: Settings) throws -> FailurePolicy {
        FailurePolicy(
            retries: try settings.integer("failures.retries"),
            longestWait: try settings.duration("failures.longest-wait"),
            lastResort: FailurePolicy.LastResort(rawValue: try settings.string("failures.then")) ?? .park)
    }

    private static func sources(_ settings: Settings) throws -> [Source] {
        let text = try settings.string("sources")
        func refusal(_ reason: String) -> ConfigurationError {
            let expected = "expected different names separated by commas, such as users-writer"
            return ConfigurationError("sources: found \"\(text)\", where \(reason): \(expected)")
        }
        var names: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let name = words.first else { throw refusal("a name is empty") }
            guard words.count == 1 else { throw refusal("\"\(words.joined(separator: " "))\" has a space") }
            guard !names.contains(name) else { throw refusal("\"\(name)\" comes twice") }
            names.append(name)
        }
        return names.map { Source($0) }
    }

    private static func describe(_ registry: PrometheusRegistry) {
        registry.describe("daybook_projection_lag_events", "Events in the log that the read model does not have.")
        registry.describe("daybook_projection_lag_seconds", "Age of the last posted event while there is a lag.")
        registry.describe("daybook_projection_well", "0 while something keeps the projection from posting.")
        registry.describe("daybook_projection_generation", "The generation that serves.")
        registry.describe("daybook_write_ahead_log_bytes", "Size of the write-ahead log of a generation or a reaction.")
        registry.describe(
            "daybook_projection_parked_events", "Events of the generation that serves that are set aside.")
        registry.describe("daybook_posted_events", "Events that were posted to the generation that serves.")
        registry.describe("daybook_parked_events", "Events that were set aside because they could not be posted.")
        registry.describe("daybook_ignored_messages", "Messages of sources that this worker is not told to post.")
        registry.describe("daybook_unreadable_messages", "Messages that were kept because they could not be read.")
    }
}
