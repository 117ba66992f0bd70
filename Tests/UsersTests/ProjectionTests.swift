import Daybook
import DaybookTesting
import GRDB
import Testing
import UserViews
import Users

@testable import DaybookSQLite

/// Six users who come, change their emails, go and come back, in turn.
private let history: [(stream: String, event: UserIntegrationEvent)] = (0..<24).map { index in
    let (round, user) = (index / 6, index % 6)
    let events: [UserIntegrationEvent] = [
        .created(email: "u\(user)@example.com", name: "U\(user)"), .deactivated(reason: "left"),
        .reactivated(reason: "came back"),
        .emailChanged(oldEmail: "u\(user)@example.com", newEmail: "u\(user)@example.org"),
    ]
    return (stream: "user-\(user)", event: events[round])
}

/// What a query of a read model answers.
private func answer(
    _ query: ReadModelQuery, _ given: [String: String], in db: Database
) throws -> [UInt8] {
    let parameters = try QueryParameters(given, of: query.parameters)
    return try #require(try query.body(parameters, db))
}

/// The ids of all users that are listed, page by page.
private func listed(in db: Database, _ given: [String: String]) throws -> [String] {
    let query = try #require(UsersProjection.queries.first { $0.path == "users" })
    var given = given
    var ids: [String] = []
    repeat {
        let page = try JSON.decode(UserPage.self, from: answer(query, given, in: db))
        // Only what was found nowhere is an empty page.
        #expect(!page.users.isEmpty)
        #expect(page.next == nil || page.next == page.users.last?.id)
        ids += page.users.map(\.id)
        given["after"] = page.next
    } while given["after"] != nil
    return ids
}

@Suite struct `The read model of users` {
    @Test func `has a row for each user, as it stands`() async throws {
        try await given(UsersProjection())
            .on(
                "user-ada", .created(email: "ada@example.com", name: "Ada"),
                .emailChanged(oldEmail: "ada@example.com", newEmail: "ada@example.org")
            )
            .on("user-grace", .created(email: "grace@example.com", name: "Grace"), .deactivated(reason: "left"))
            .on("user-ada", .deactivated(reason: "left"), .reactivated(reason: "came back"))
            .thenRows(
                of: "users",
                [
                    [
                        "user_id": "ada", "email": "ada@example.org", "name": "Ada", "is_active": true, "version": 4,
                        "status_reason": "came back",
                    ],
                    [
                        "user_id": "grace", "email": "grace@example.com", "name": "Grace", "is_active": false,
                        "version": 2, "status_reason": "left",
                    ],
                ])
    }

    @Test func `notes when a user was created and changed`() async throws {
        try await given(UsersProjection())
            .on("user-ada", at: "2026-11-01T09:00Z", .created(email: "ada@example.com", name: "Ada"))
            .on("user-ada", at: "2026-11-02T09:00Z", .deactivated(reason: "left"))
            .then { db in
                let row = try #require(try Row.fetchOne(db, sql: "SELECT created_at, updated_at FROM users"))
                #expect(Timestamp(microseconds: row["created_at"]).date == "2026-11-01")
                #expect(Timestamp(microseconds: row["updated_at"]).date == "2026-11-02")
            }
        try await given(UsersProjection())
            .on("user-ada", at: "2026-11-01T09:00Z", .created(email: "Ada@Example.com", name: "Ada"))
            .on("user-ada", at: "2026-11-02T09:00Z", .deactivated(reason: nil))
            .on("user-ada", at: "2026-11-03T09:00Z", .emailChanged(oldEmail: "", newEmail: "Jose\u{301}@example.com"))
            .then { db in
                let row = try #require(try Row.fetchOne(db, sql: "SELECT * FROM users"))
                #expect(Timestamp(microseconds: row["updated_at"]).date == "2026-11-03")
                #expect(row["status_reason"] == nil && row["email_normal_form"] == "jos\u{E9}@example.com")
                #expect(Timestamp(microseconds: row["status_changed_at"]).date == "2026-11-02")
            }
    }

    @Test(arguments: [1, 2, 3, 5, 6, 7])
    func `is listed page by page, and the last page names no next one`(limit: Int) async throws {
        try await given(UsersProjection()).on("user-0", .created(email: "u0@example.com", name: "U"))
            .on("user-1", .created(email: "u1@example.com", name: "U"), .deactivated(reason: "left"))
            .on("user-2", .created(email: "u2@example.com", name: "U"))
            .on("user-3", .created(email: "u3@example.com", name: "U"))
            .on("user-4", .created(email: "u4@example.com", name: "U"))
            .on("user-5", .created(email: "u5@example.com", name: "U"))
            .then { db in
                #expect(try listed(in: db, ["limit": "\(limit)"]) == ["0", "1", "2", "3", "4", "5"])
                let active = try listed(in: db, ["limit": "\(limit)", "active": "true"])
                #expect(active == ["0", "2", "3", "4", "5"])
                #expect(try listed(in: db, ["limit": "\(limit)", "email": "U4@example.com"]) == ["4"])
            }
    }

    @Test func `is found by email with an index`() async throws {
        try await given(UsersProjection()).then { db in
            let plan = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN SELECT * FROM users WHERE email_normal_form = 'a'")
            let steps = plan.map { $0["detail"] as String }
            #expect(steps.contains { $0.contains("users_by_email") })
        }
    }

    @Test func `comes out the same in chaos`() async throws {
        try await verifyProjection(UsersProjection(), events: history)
    }
}

@Suite struct `The read model of what happened on each day` {
    @Test func `counts by the day on which it occurred`() async throws {
        try await given(UserStatisticsProjection())
            .on(
                "user-ada", at: "2026-11-01T09:00Z", .created(email: "ada@example.com", name: "Ada"),
                .deactivated(reason: "left")
            )
            .on(
                "user-grace", at: "2026-11-01T23:59:59Z", .created(email: "grace@example.com", name: "Grace"),
                .emailChanged(oldEmail: "grace@example.com", newEmail: "grace@example.org")
            )
            .on("user-ada", .reactivated(reason: "came back"))
            .thenRows(
                of: "user_statistics",
                [
                    ["day": "2026-11-01", "created": 2, "email_changes": 0, "deactivated": 1, "reactivated": 0],
                    ["day": "2026-11-02", "created": 0, "email_changes": 1, "deactivated": 0, "reactivated": 1],
                ])
    }

    @Test func `says how many were active when a day ended, whichever days are asked for`() async throws {
        try await given(UserStatisticsProjection())
            .on("user-ada", at: "2026-11-01T09:00Z", .created(email: "ada@example.com", name: "Ada"))
            .on("user-grace", at: "2026-11-02T09:00Z", .created(email: "grace@example.com", name: "Grace"))
            .on("user-eve", at: "2026-11-03T09:00Z", .created(email: "eve@example.com", name: "Eve"))
            .on("user-ada", at: "2026-11-03T10:00Z", .deactivated(reason: "left"))
            .then { db in
                let query = try #require(UserStatisticsProjection.queries.first)
                for (from, expected) in [("2026-11-01", [1, 2, 2]), ("2026-11-02", [2, 2]), ("2026-11-03", [2])] {
                    let days = try JSON.decode(
                        [UserStatisticsDay].self, from: answer(query, ["from": from], in: db))
                    #expect(days.map(\.activeAtEndOfDay) == expected, "\(from)")
                }
            }
    }

    @Test func `comes out the same in chaos`() async throws {
        try await verifyProjection(UserStatisticsProjection(), events: history, every: .seconds(4 * 3600))
    }
}

@Suite struct `Everything that users were ever stored as` {
    @Test func `can be read today`() throws {
        try verifyUpcasters(
            of: UserEvent.self,
            stored: [
                StoredForm(type: "created", schemaVersion: 1, data: ["email": "ada@example.com", "name": "Ada"]),
                StoredForm(
                    type: "created", schemaVersion: 2, data: ["contactEmail": "ada@example.com", "name": "Ada"]),
                StoredForm(
                    type: "email-changed", schemaVersion: 1,
                    data: ["oldEmail": "ada@example.com", "newEmail": "ada@example.org"]),
                StoredForm(type: "deactivated", schemaVersion: 1, data: [:]),
                StoredForm(type: "deactivated", schemaVersion: 2, data: ["reason": "left"]),
                StoredForm(type: "reactivated", schemaVersion: 1, data: [:]),
                StoredForm(type: "reactivated", schemaVersion: 2, data: ["reason": "came back"]),
            ])
    }
}
