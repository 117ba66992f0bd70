import Daybook
import DaybookService
import DaybookTesting
import DaybookWorker
import DaybookWriter
import Foundation
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@Suite struct `An account` {
    @Test func `cannot be overdrawn`() throws {
        try given(Account.self, .opened(owner: "Ada"), .deposited(amount: 10))
            .when(.withdraw(amount: 20)).thenFails(.overdrawn(balance: 10))
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
            let writer = try WriterDaemon.services(
                name: "bank-writer", aggregates: [CommandHandler(Account.self)],
                settings: .load(
                    WriterDaemon.settings(name: "bank-writer"), arguments: [], environment: environment,
                    program: "bank-writer"), registry: PrometheusRegistry(), logger: logger)
            environment["DAYBOOK_STORE_PATH"] = nil
            environment["DAYBOOK_HTTP_PORT"] = String(try #require(deployment.ports[.users]))
            environment["DAYBOOK_SOURCES"] = "bank-writer"
            environment["DAYBOOK_READ_MODEL_PATH"] = deployment.folder.appending(path: "balances").path
            let worker = try WorkerDaemon.services(
                name: "bank-worker", projection: BalancesProjection(),
                settings: .load(
                    WorkerDaemon.settings(projection: "balances", httpPort: 0), arguments: [],
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
