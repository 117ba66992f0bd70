import Daybook
import DaybookSQLite
import DaybookService
import Logging
import ServiceLifecycle
import TestSupport
import Testing
import UserViews
import Users

@testable import DaybookWorker

/// Counts what happened to each user, in memory.
private struct Visits: InMemoryProjection {
    static let name = UsersProjection.name
    static let version = 2
    static let tables = [TableDescription(name: "visits", columns: ["count"])]

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, to tables: inout InMemoryTables) throws {}
}

/// Stores that are gone with the process, as the `main` of a worker could name them.
private struct InMemory: WorkerStoreKind {
    let stores: InMemoryWorkerStores<Visits>

    func readModelSettings(projection name: String) -> [Setting] {
        [Setting("memory.name", .string, default: "\(name) in memory", purpose: "what the read model is called")]
    }

    var reactionSettings: [Setting] {
        [Setting("memory.reactions", .boolean, default: "true", purpose: "whether reactions have states")]
    }

    func readModel(settings: some SettingValues) throws -> any ReadModelStore {
        guard try settings.string("memory.name") == "users in memory" else { throw StoreError("it is called users") }
        return try stores.readModel(settings: settings)
    }

    func reactionStates(settings: some SettingValues) throws -> any ReactionStateStore {
        guard try settings.boolean("memory.reactions") else { throw StoreError("reactions need states") }
        return try stores.reactionStates(settings: settings)
    }
}

@Suite struct `A worker on stores of another kind` {
    private let kind = InMemory(
        stores: InMemoryWorkerStores(Visits(), in: InMemoryGenerations(), reactions: InMemoryReactionStates()))

    private var projection: RegisteredProjection {
        RegisteredProjection(ProjectionDescription(Visits()), stores: kind)
    }

    private func start(_ lines: Lines, _ environment: [String: String] = [:]) throws -> [any Service] {
        try WorkerDaemon.services(
            name: "visits-worker", projection: projection,
            settings: .load(
                WorkerDaemon.settings(projection: projection, httpPort: 0), arguments: [],
                environment: environment.merging(["DAYBOOK_SOURCES": "writer"]) { own, _ in own },
                program: "visits-worker"),
            registry: PrometheusRegistry(), logger: lines.logger)
    }

    @Test func `is wired as on any other`() throws {
        let lines = Lines()
        let services = try start(lines)
        let host = try #require(services.compactMap { $0 as? ProjectionHost }.first)
        #expect(host.projection.version == 2 && host.store is InMemoryReadModelStore<Visits>)
        #expect(lines.all.contains { $0.text == "worker starts" })
    }

    @Test func `has the settings of its stores, where those of SQLite would stand`() throws {
        let own = WorkerDaemon.settings(projection: projection, httpPort: 0).map(\.key)
        let sqlite = WorkerDaemon.settings(projection: .sqlite(UsersProjection()), httpPort: 0).map(\.key)
        let places = ["read-model.path": "memory.name", "reactions.path": "memory.reactions"]
        #expect(own == sqlite.map { places[$0] ?? $0 })
        #expect(sqlite.filter { places[$0] != nil } == ["read-model.path", "reactions.path"])
        for (name, value) in [("DAYBOOK_MEMORY_NAME", "other"), ("DAYBOOK_MEMORY_REACTIONS", "false")] {
            #expect(throws: StoreError.self) { try start(Lines(), [name: value]) }
        }
    }

    @Test func `does not start with an earlier version that is none`() throws {
        #expect(throws: ConfigurationError.self) {
            try WorkerDaemon.services(
                name: "visits-worker", projection: projection, earlier: [projection],
                settings: .load(
                    WorkerDaemon.settings(projection: projection, httpPort: 0), arguments: [],
                    environment: ["DAYBOOK_SOURCES": "writer"], program: "visits-worker"),
                registry: PrometheusRegistry(), logger: Lines().logger)
        }
    }
}
