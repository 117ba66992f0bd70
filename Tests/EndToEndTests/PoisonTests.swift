import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing

/// A projection that fails on one user's event and one at which its process ends, brought about by triggers in its
/// tables.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A projection that cannot post one user's event` {
    private let throwing = """
        CREATE TRIGGER throwing BEFORE UPDATE ON users WHEN NEW.email LIKE 'throwing%'
        BEGIN SELECT RAISE(ABORT, 'this email cannot be'); END
        """
    private let endless = """
        CREATE TRIGGER endless BEFORE UPDATE ON users WHEN NEW.email LIKE 'endless%'
        BEGIN SELECT COUNT(*) FROM (
            WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 100000000000) SELECT x FROM c
        ); END
        """

    @Test(.timeLimit(.minutes(3)))
    func `parks that user and keeps all others current, whether it throws or ends`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            for user in 0..<20 {
                let body = #"{"email":"u\#(user)@example.com","name":"U"}"#
                #expect(try await deployment.post("/v1/user/u\(user)/create", body).status == 200)
            }
            try await deployment.waitUntilCurrent(.users, head: 20)
            try execute(throwing, deployment)
            try execute(endless, deployment)
            try await change(3, "throwing", deployment)
            try await change(3, "later", deployment)
            try await change(4, "endless", deployment)
            try await change(4, "later", deployment)
            for user in 5..<20 { try await change(user, "fine", deployment) }
            for _ in 0..<3 {
                try await eventually("the process is at that event", within: .seconds(30)) {
                    let event = try mark(deployment)
                    try await Task.sleep(for: .milliseconds(700))
                    return try event != nil && mark(deployment) == event
                }
                await deployment.kill(.users)
                try await deployment.start(.users)
            }
            try await deployment.waitUntilCurrent(.users, head: 39)
            let parked = try await tool("list", "users", deployment: deployment)
            #expect(parked.contains("this email cannot be") && parked.contains("3 processes ended"))
            #expect(
                try await tool("show", "users", "user-u3", deployment: deployment).contains("throwing3@example.com"))
            let shown = try await tool("show", "users", "user-u3", "--json", deployment: deployment)
            #expect(shown.contains("throwing3@example.com") && !shown.contains("user-u4"))
            for user in 5..<20 {
                #expect(try await deployment.get(.users, "/v1/users/u\(user)").text.contains("fine\(user)@"))
            }
            for name in ["throwing", "endless"] { try execute("DROP TRIGGER \(name)", deployment) }
            for user in [3, 4] { _ = try await tool("retry", "users", "user-u\(user)", deployment: deployment) }
            #expect(try await tool("list", "users", deployment: deployment).contains("nothing is parked"))
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    private func change(_ user: Int, _ email: String, _ deployment: Deployment) async throws {
        let body = #"{"newEmail":"\#(email)\#(user)@example.com"}"#
        #expect(try await deployment.post("/v1/user/u\(user)/change-email", body).status == 200)
    }

    private func tool(_ arguments: String..., deployment: Deployment) async throws -> String {
        let worker = "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"
        return try await shell(Deployment.program("daybook"), ["parked"] + arguments + ["--worker", worker])
    }

    private func execute(_ sql: String, _ deployment: Deployment) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let path = "\(deployment.readModelPath(.users))/current.sqlite"
        try DatabaseQueue(path: path, configuration: configuration).write { try $0.execute(sql: sql) }
    }

    /// The event that is being posted, as the mark has it in the process's share.
    private func mark(_ deployment: Deployment) throws -> Data? {
        let bytes = try Data(contentsOf: URL(filePath: "\(deployment.readModelPath(.users))/g000001.sqlite.mark"))
        return stride(from: 0, to: bytes.count, by: 1024).map { bytes[$0..<$0 + 32] }.first { $0.first != 0 }
    }
}
