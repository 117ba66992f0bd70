import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing
import UserViews
import Users

@testable import DaybookWorker

/// The `users` projection as its code will be next: it knows a country.
private struct UsersWithCountry: SQLiteProjection {
    struct Found: Encodable { let country: String }

    static let name = "users"
    static let version = 3

    static func createTables(in db: Database) throws {
        try UsersProjection.createTables(in: db)
        try db.execute(sql: "ALTER TABLE users ADD COLUMN country TEXT DEFAULT 'AT'")
    }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        if case .created(let email, let name) = event {
            let sql = """
                INSERT INTO users(
                    user_id, email, email_normal_form, name, is_active, created_at, updated_at, version)
                VALUES(?, ?, ?, ?, 1, 0, 0, 1)
                """
            try db.execute(sql: sql, arguments: [entry.stream.id, email, email, name])
        }
    }

    static let queries = [
        ReadModelQuery("users/{id}") { parameters, db in
            try Row.fetchOne(db, sql: "SELECT * FROM users WHERE user_id = ?", arguments: [parameters["id"]])
                .map { Found(country: try $0.decode(forColumn: "country")) }
        }
    ]
}

/// The code that made the rows which serve.
private struct UsersAtFirst: SQLiteProjection {
    static let name = "users"
    static let version = 1
    static let queries = UsersProjection.queries

    static func createTables(in db: Database) throws { try UsersProjection.createTables(in: db) }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        try UsersProjection().apply(event, from: entry, in: db)
    }
}

@Suite struct `While another version of a projection serves` {
    /// Asks for a user while generation 1 serves, which is of version 1.
    private func ask(
        earlier: [ProjectionDescription], _ check: @Sendable (TestResponse) throws -> Void
    ) async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let next = try ProjectionHost(
                projection: UsersWithCountry(), folder: fixture.readModel, feed: fixture.feed(FailurePolicy()),
                logger: fixture.logger)
            let router = Router()
            router.add(middleware: ProblemMiddleware())
            ProjectionRoutes(host: next, timeout: .zero, earlier: earlier).add(to: router)
            try await Application(router: router).test(.router) { client in
                try check(try await client.execute(uri: "/v1/users/u1", method: .get))
            }
        }
    }

    @Test func `queries of the new code are refused with the reason`() async throws {
        try await ask(earlier: []) { answer in
            let text = String(buffer: answer.body)
            #expect(answer.status == .serviceUnavailable && text.contains(#""code":"other-version-serves""#))
            #expect(text.contains("version 1 of the read model serves, and the query is of version 3"))
        }
    }

    @Test func `queries of the code that made its rows go on, where the worker has it`() async throws {
        try await ask(earlier: [ProjectionDescription(UsersAtFirst())]) { answer in
            #expect(answer.status == .ok && String(buffer: answer.body).contains("u1@example.org"))
        }
    }

    @Test func `the new code answers once its rows are there`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let next = try ProjectionHost(
                projection: UsersWithCountry(), folder: fixture.readModel, feed: fixture.feed(FailurePolicy()),
                logger: fixture.logger)
            let query = try #require(UsersWithCountry.queries.first)
            let parameters = try QueryParameters(path: ["id": "u1"])
            try await fixture.running(next) {
                try await eventually("version 3 serves") { try next.context.reader.version() == 3 }
                let found = try await next.context.reader.answer(query, parameters, of: 3)
                #expect(found == Array(#"{"country":"AT"}"#.utf8))
                await #expect(throws: OtherVersionServes(serving: 3, wanted: 1)) {
                    try await next.context.reader.answer(query, parameters, of: 1)
                }
            }
        }
    }

    @Test func `a row that cannot be decoded is not shown in the error`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let query = try #require(UsersWithCountry.queries.first)
                let parameters = try QueryParameters(path: ["id": "u0"])
                await #expect(throws: UnreadableRow.self) {
                    try await host.context.reader.answer(query, parameters, of: 1)
                }
            }
        }
    }
}
