import Daybook
import DaybookSQLite
import DaybookService
import DaybookTesting
import DaybookWorker
import DaybookWriter
import Foundation
import GRDB
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@Suite struct `An account` {
    @Test func `cannot be overdrawn`() throws {
        try given(Account.self, .opened(owner: "Ada"), .deposited(amount: 10))
            .when(.withdraw(amount: 20)).thenFails(.overdrawn(balance: 10))
    }

    @Test func `takes no more than its balance can hold`() throws {
        try given(Account.self, .opened(owner: "Ada"), .deposited(amount: .max))
            .when(.deposit(amount: 1)).thenFails(.balanceTooLarge)
    }
}

@Suite struct `The balances of accounts` {
    @Test func `are what was paid in and out`() async throws {
        try await given(BalancesProjection())
            .on("account-1", .accountOpened(owner: "Ada"), .balanceMoved(by: 50))
            .on("account-2", .accountOpened(owner: "Grace"))
            .on("account-1", .balanceMoved(by: -20))
            .thenRows(
                of: "balances",
                [
                    ["account": "1", "owner": "Ada", "balance": 30], ["account": "2", "owner": "Grace", "balance": 0],
                ])
    }

    @Test func `come out the same in chaos`() async throws {
        let accounts = 1...4
        let openings = accounts.map { (stream: "account-\($0)", event: BankEvent.accountOpened(owner: "A")) }
        let payments = (1...20).map { payment in
            (stream: "account-\(payment % 4 + 1)", event: BankEvent.balanceMoved(by: payment * 10 - 100))
        }
        try await verifyProjection(BalancesProjection(), events: openings + payments)
    }
}

@Suite struct `A worker of one's own` {
    private struct First: Reaction {
        static let name = "greeting"
        func react(to event: BankEvent, from entry: LogEntry, key: String) async throws {}
    }

    private struct Second: Reaction {
        static let name = "greeting"
        func react(to event: BankEvent, from entry: LogEntry, key: String) async throws {}
    }

    private struct Namesake: Reaction {
        static let name = "balances"
        func react(to event: BankEvent, from entry: LogEntry, key: String) async throws {}
    }

    private struct Ambiguous: SQLiteProjection {
        static let name = "balances"
        static let version = 1
        static let queries = ["owners/{id}", "owners", "owners/{name}"].map { ReadModelQuery($0) { _, _ in Int?.none } }
        static func createTables(in db: Database) throws {}
        func apply(_ event: BankEvent, from entry: LogEntry, in db: Database) throws {}
    }

    private struct Shadowing: SQLiteProjection {
        static let name = "balances"
        static let version = 1
        static let queries = [ReadModelQuery("projections") { _, _ in Int?.none }]
        static func createTables(in db: Database) throws {}
        func apply(_ event: BankEvent, from entry: LogEntry, in db: Database) throws {}
    }

    private func services(
        _ reactions: [any Reaction] = [], _ projection: some SQLiteProjection = BalancesProjection(),
        sources: String = "bank-writer"
    ) async throws -> [any Service] {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "balances").path
            return try WorkerDaemon.services(
                name: "bank-worker", projection: .sqlite(projection), reactions: reactions,
                settings: .load(
                    WorkerDaemon.settings(projection: .sqlite(projection), httpPort: 0), arguments: [],
                    environment: ["DAYBOOK_SOURCES": sources, "DAYBOOK_READ_MODEL_PATH": path],
                    program: "bank-worker"),
                registry: PrometheusRegistry(), logger: Logger(label: "bank") { _ in SwiftLogNoOpLogHandler() })
        }
    }

    @Test func `refuses queries that share a path, with each other or with the operators`() async throws {
        func problems(_ projection: some SQLiteProjection) async -> String {
            do { _ = try await services([], projection) } catch { return "\(error)" }
            return ""
        }
        #expect(await problems(Ambiguous()).contains("the queries owners/{id} and owners/{name} have one path"))
        #expect(await problems(Shadowing()).contains("the query projections has the path of the operators' routes"))
    }

    @Test func `refuses reactions that share a name, with each other or with its projection`() async throws {
        await #expect(throws: ConfigurationError.self) { try await services([First(), Second()]) }
        await #expect(throws: ConfigurationError.self) { try await services([Namesake()]) }
        #expect(try await services([First()]).isEmpty == false)
    }

    @Test(arguments: [("a,b,a", "\"a\" comes twice"), ("a,,b", "a name is empty"), ("a b", "\"a b\" has a space")])
    func `is told which of its sources is wrong`(sources: String, reason: String) async throws {
        let message = """
            sources: found "\(sources)", where \(reason): expected different names separated by commas, such as \
            users-writer
            """
        await #expect(throws: ConfigurationError(message)) { try await services(sources: sources) }
    }
}

/// The domain of Bank.swift in the same daemons as any other.
@Suite(.enabled(if: TestBroker.isRunning)) struct `A domain of one's own` {
    @Test func `gets store, HTTP API, relay and read model`() async throws {
        try await Deployment.with { deployment in
            let logger = Logger(label: "bank") { _ in SwiftLogNoOpLogHandler() }
            var environment = ["DAYBOOK_BROKER_URL": deployment.brokerURL]
            environment["DAYBOOK_STORE_PATH"] = deployment.storePath
            environment["DAYBOOK_HTTP_PORT"] = String(try #require(deployment.ports[.writer]))
            let writer = try await WriterDaemon.services(
                name: "bank-writer", aggregates: [CommandHandler(Account.self)], store: .sqlite,
                settings: .load(
                    WriterDaemon.settings(name: "bank-writer", store: .sqlite), arguments: [],
                    environment: environment, program: "bank-writer"), registry: PrometheusRegistry(), logger: logger)
            environment["DAYBOOK_STORE_PATH"] = nil
            environment["DAYBOOK_HTTP_PORT"] = String(try #require(deployment.ports[.users]))
            environment["DAYBOOK_SOURCES"] = "bank-writer"
            environment["DAYBOOK_READ_MODEL_PATH"] = deployment.folder.appending(path: "balances").path
            let worker = try WorkerDaemon.services(
                name: "bank-worker", projection: .sqlite(BalancesProjection()),
                settings: .load(
                    WorkerDaemon.settings(projection: .sqlite(BalancesProjection()), httpPort: 0), arguments: [],
                    environment: environment, program: "bank-worker"), registry: PrometheusRegistry(), logger: logger)
            let group = ServiceGroup(configuration: .init(services: writer + worker, logger: logger))
            async let running: Void = group.run()
            try await eventually("both answer") {
                let (writer, worker) = (await deployment.isAlive(.writer), await deployment.isAlive(.users))
                return writer && worker
            }
            for (command, body, status) in [
                ("open", #"{"owner":"Ada"}"#, 200), ("deposit", #"{"amount":50}"#, 200),
                ("withdraw", #"{"amount":20}"#, 200), ("withdraw", #"{"amount":31}"#, 422),
            ] {
                #expect(try await deployment.post("/v1/account/1/\(command)", body).status == status)
            }
            try await eventually("the balance is posted") {
                try await deployment.get(.users, "/v1/balances/1").json["balance"] as? Int == 30
            }
            await group.triggerGracefulShutdown()
            try await running
        }
    }
}
