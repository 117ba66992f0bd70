import Daybook
import DaybookTesting
import GRDB
import Testing
import UserViews
import Users

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
                #expect(row["status_reason"] == nil && row["email_normal_form"] == "jos\u{E9}@example.com")
                #expect(Timestamp(microseconds: row["status_changed_at"]).date == "2026-11-02")
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
