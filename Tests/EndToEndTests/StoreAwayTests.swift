import Foundation
import GRDB
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning)) struct `A writer whose store could not be written to` {
    @Test func `is ready again without a command that would show it`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: deployment.storePath, configuration: configuration)
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
            let create = #"{"email":"ada@example.com","name":"Ada"}"#
            let refused = try await deployment.post("/v1/user/ada/create", create)
            #expect(refused.status == 503 && refused.json["code"] as? String == "store-unavailable")
            #expect(try await deployment.get(.writer, "/health/ready").status == 503)
            try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            try await eventually("it is ready") { try await deployment.get(.writer, "/health/ready").status == 200 }
            try await eventually("it is logged") {
                deployment.log(of: .writer).contains("the store takes commands again")
            }
        }
    }
}
