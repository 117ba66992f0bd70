public import Daybook
import DaybookRabbitMQ
public import DaybookService
import Foundation
import Hummingbird
public import Logging
public import ServiceLifecycle

/// The writer daemon: commands in, events stored, integration events sent.
public enum WriterDaemon {
    /// The settings of a writer with this kind of store besides those of every daemon.
    public static func settings(name: String, store kind: some StoreKind) -> [Setting] {
        let source = Setting(
            "source", .string, default: name, purpose: "this writer's name in every event it publishes")
        return Settings.common(httpPort: 8080) + [source] + kind.settings(writer: name) + others
    }

    private static var others: [Setting] {
        [
            Setting(
                "idempotency.retention", .integer(0...36_500), default: "30",
                purpose: "days for which the answers to idempotency keys are kept; 0 keeps them for ever"),
            Setting(
                "partitions", .integer(1...100), default: "8",
                purpose: "partitions of the log; fixed when a store is made, the same in the whole deployment"),
            Setting(
                "aggregates.cached", .integer(0...1_000_000), default: "4000",
                purpose: "aggregates of each category that are kept in memory between commands"),
            Setting(
                "relay.window", .integer(1...10_000), default: "256",
                purpose: "messages on their way to the broker that it has not confirmed"),
        ]
    }

    /// Runs a writer for the aggregates until it is told to stop. Ends the process: 0 after a graceful stop, 78 when
    /// the configuration is wrong, 1 on any other failure.
    ///
    /// - Parameter kind: The kind of its store, such as `.sqlite` of DaybookSQLite.
    public static func main(name: String, aggregates: [CommandHandler], store kind: some StoreKind) async -> Never {
        await runDaemon(name: name, settings: settings(name: name, store: kind)) { settings, registry, logger in
            try await services(
                name: name, aggregates: aggregates, store: kind, settings: settings, registry: registry,
                logger: logger)
        }
    }

    /// Wires a writer: its relay, its history service and its HTTP server, to be run together and stopped last first.
    ///
    /// - Throws: `ConfigurationError`, or `StoreError` when the store cannot be opened.
    public static func services(
        name: String, aggregates: [CommandHandler], store kind: some StoreKind, settings: Settings,
        registry: PrometheusRegistry, logger: Logger
    ) async throws -> [any Service] {
        // Everything that can be wrong with the settings is found before a store is made.
        try check(aggregates)
        let source = try validSource(settings.string("source"))
        let broker = try settings.broker { url, password, isDeclaring in
            try Broker(
                url: url, password: password, name: name, declaration: isDeclaring ? .declare : .check, logger: logger)
        }
        let http = try HTTPSettings(settings)
        let window = try settings.integer("relay.window")
        let location = try kind.location(
            settings: settings, writer: name, partitionCount: settings.integer("partitions"))
        let retention = try settings.integer("idempotency.retention")
        let assignment = try CodeTrial.assignment()
        let (tried, convicted) = try await assignment == nil ? CodeTrial.convictions(at: location, logger) : ([], [])
        let store = try await location.open()
        if let assignment { await CodeTrial.run(assignment, store, aggregates) }
        try await check(store, named: "\(location.setting): \(location)", aggregates, logger)
        let quarantine = try await Quarantine(
            of: store, tried: tried, convicted: convicted, marks: location.marksPath,
            program: ProgramIdentity.current, bodyLimit: CommandRoutes.bodyLimit)
        if quarantine.untried > 0 {
            logger.warning(
                "streams stay quarantined untried: start again to try the next ones with this version",
                metadata: ["streams": "\(quarantine.untried)"])
        }
        try await prepare(store, aggregates, quarantine, logger)
        let relay = Relay(
            log: store, publisher: broker.publisher(source: source, epoch: store.epoch, window: window),
            window: window, logger: logger)
        describe(registry)
        let router = daemonRouter(
            settings: http, registry: registry, checks: [{ await storeCheck(store) }, { relayCheck(relay) }],
            parameters: parameters(of: aggregates))
        let commands = CommandRoutes(source: source, epoch: store.epoch)
        let forgetting = Forgetting(store: store, source: source)
        let cached = try settings.integer("aggregates.cached")
        var served: [StreamCategory: CommandHandler.Served] = [:]
        for aggregate in aggregates {
            let handler = aggregate.served(store, cached, quarantine)
            served[StreamCategory(stringLiteral: aggregate.category)] = handler
            commands.add(aggregate, handler, to: router)
            forgetting.add(aggregate.category, handler, to: router)
        }
        BatchRoute(served: served, execution: commands.execution).add(to: router)
        try await forgetting.finishInterrupted(served, logger)
        EventRoutes(store: store, epoch: store.epoch, served: served).add(to: router)
        HeadRoute(store: store, log: store).add(to: router)
        LogRoutes(log: store, source: source).add(to: router)
        QuarantineRoute(quarantine: quarantine).add(to: router)
        logger.info(
            "writer starts",
            metadata: [
                "source": "\(source)", "store": "\(location)", "epoch": "\(store.epoch)", "broker": "\(broker)",
            ])
        let answers = AnswerRetention(store: store, days: retention, logger: logger)
        return (retention > 0 ? [answers] : []) + [
            StoreProblems(store: store, logger: logger), StoreRecovery(store: store),
            ClockWatch(store: store, logger: logger), relay, broker.historyServer(log: store, source: source),
            httpService(router: router, settings: http, logger: logger) { port in
                logger.info("listening", metadata: ["url": "http://\(http.host):\(port)"])
            },
        ]
    }

    /// The query parameters of all routes.
    private static func parameters(of aggregates: [CommandHandler]) -> RouteParameters {
        let own = EventRoutes.parameters.merging(LogRoutes.parameters) { first, _ in first }
        return aggregates.reduce(own) { known, aggregate in
            known.merging(CommandRoutes.parameters(of: aggregate.category)) { first, _ in first }
        }
    }

    /// Brings a store to where commands can be taken.
    private static func prepare(
        _ store: any WriterStore, _ aggregates: [CommandHandler], _ quarantine: Quarantine, _ logger: Logger
    ) async throws {
        for aggregate in aggregates {
            if let unreadable = try await aggregate.prepare(store, quarantine) {
                logger.info(
                    "the index of tags was made",
                    metadata: ["category": "\(aggregate.category)", "unreadable": "\(unreadable)"])
            }
            if aggregate.hasPersonalData && !store.hasKeys {
                logger.warning(
                    "personal data are stored as they are: there is no keys.path",
                    metadata: ["category": "\(aggregate.category)"])
            }
        }
    }

    private static func validSource(_ name: String) throws -> Source {
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyz0123456789.-_/:")
        guard !name.isEmpty, name.count <= 100, name.unicodeScalars.allSatisfy(allowed.contains) else {
            throw ConfigurationError("source: 1 to 100 of a–z 0–9 . - _ / :, found “\(name)”")
        }
        return Source(name)
    }

    /// A writer without a broker is ready: it takes commands, and the log waits.
    private static func relayCheck(_ relay: Relay) -> Readiness {
        let status = relay.status
        let held = status.held.sorted { $0.key < $1.key }.map { "\($0) (\($1))" }.joined(separator: ", ")
        let detail =
            "\(status.isConnected ? "connected" : "no broker"), backlog \(status.backlog)"
            + (held.isEmpty ? "" : ", held: \(held)")
        return Readiness(name: "relay", isReady: true, detail: detail)
    }

    /// Says nothing of the cause, which is in the log: health is for anyone.
    static func storeCheck(_ store: any WriterStore) async -> Readiness {
        guard let position = try? await store.head() else {
            return Readiness(name: "store", isReady: false, detail: "cannot be read")
        }
        if store.problem != nil { return Readiness(name: "store", isReady: false, detail: "cannot take anything") }
        return Readiness(name: "store", isReady: true, detail: "position \(position)")
    }

    private static func describe(_ registry: PrometheusRegistry) {
        registry.describe(
            "daybook_quarantined", "Streams, and commands on streams, at which the code ends the process.")
        registry.describe("daybook_relay_backlog", "Integration events that the broker has not confirmed.")
        registry.describe("daybook_relay_held_partitions", "Partitions that wait: unbound, refused, or unsendable.")
        registry.describe(
            "daybook_relay_oldest_unconfirmed_timestamp_seconds",
            "When the oldest integration event was recorded that the broker has not confirmed; 0 without one.")
        registry.describe("daybook_relay_connected", "1 while the relay has a connection to the broker.")
        registry.describe(
            "daybook_recorded_ahead_seconds", "By how much the last event's recorded-at is ahead of the clock.")
        registry.describe("daybook_write_ahead_log_bytes", "Size of the write-ahead log of the store.")
        registry.describe("daybook_batch_lines", "Lines of batches that have a response.")
        registry.describe("daybook_batch_command_duration", "Time from a batch's command to its response.")
    }
}
