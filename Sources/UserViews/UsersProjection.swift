public import Daybook
public import DaybookSQLite
public import GRDB
public import Users

/// The `users` read model: a row for each user.
public struct UsersProjection: SQLiteProjection {
    public static let name = "users"
    public static let version = 2

    public init() {}

    public static func createTables(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE users(
                    user_id TEXT PRIMARY KEY NOT NULL,
                    email TEXT NOT NULL,
                    email_normal_form TEXT NOT NULL,
                    name TEXT NOT NULL,
                    is_active INTEGER NOT NULL,
                    status_reason TEXT,
                    status_changed_at INTEGER,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    version INTEGER NOT NULL
                ) WITHOUT ROWID;
                """)
    }

    public static func createIndexes(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE INDEX users_by_email ON users(email_normal_form);
                CREATE INDEX active_users ON users(user_id) WHERE is_active;
                """)
    }

    public func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        let (id, at, version) = (
            entry.stream.id, entry.occurredAt.microseconds, entry.streamVersion.rawValue
        )
        switch event {
        case .created(let email, let name):
            try db.run(
                """
                INSERT INTO users(
                    user_id, email, email_normal_form, name, is_active, created_at, updated_at, version)
                VALUES(?, ?, ?, ?, 1, ?, ?, ?)
                """,
                .text(id), .text(email), .text(EmailAddress.normalForm(of: email)), .text(name), .integer(at),
                .integer(at), .integer(version))
        case .emailChanged(_, let newEmail):
            try db.run(
                """
                UPDATE users SET email = ?, email_normal_form = ?, updated_at = ?, version = ? WHERE user_id = ?
                """,
                .text(newEmail), .text(EmailAddress.normalForm(of: newEmail)), .integer(at), .integer(version),
                .text(id))
        case .deactivated(let reason): try setActive(false, reason: reason, from: entry, in: db)
        case .reactivated(let reason): try setActive(true, reason: reason, from: entry, in: db)
        case .forgotten: try db.run("DELETE FROM users WHERE user_id = ?", .text(id))
        }
    }

    private func setActive(
        _ isActive: Bool, reason: String?, from entry: LogEntry, in db: Database
    ) throws {
        let at = entry.occurredAt.microseconds
        try db.run(
            """
            UPDATE users SET is_active = ?, status_reason = ?, status_changed_at = ?, updated_at = ?, version = ?
            WHERE user_id = ?
            """,
            .integer(isActive ? 1 : 0), reason.map { .text($0) } ?? .null, .integer(at), .integer(at),
            .integer(entry.streamVersion.rawValue), .text(entry.stream.id))
    }
}

/// A row of the `users` read model.
public struct UserRow: Codable, Sendable, Equatable {
    public var id: String
    public var email: String
    public var name: String
    public var isActive: Bool
    /// The reason of the last deactivation or reactivation, and when that occurred.
    public var statusReason: String?
    public var statusChangedAt: Timestamp?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var version: Int64

    init(_ row: Row) throws {
        id = try row.decode(forColumn: "user_id")
        email = try row.decode(forColumn: "email")
        name = try row.decode(forColumn: "name")
        isActive = try row.decode(forColumn: "is_active")
        statusReason = try row.decode(String?.self, forColumn: "status_reason")
        statusChangedAt = try row.decode(Int64?.self, forColumn: "status_changed_at").map {
            Timestamp(microseconds: $0)
        }
        createdAt = Timestamp(microseconds: try row.decode(forColumn: "created_at"))
        updatedAt = Timestamp(microseconds: try row.decode(forColumn: "updated_at"))
        version = try row.decode(forColumn: "version")
    }
}

/// Some users, and where to go on.
public struct UserPage: Codable, Sendable {
    public var users: [UserRow]
    /// The parameter `after` of the next page; absent on the last one.
    public var next: String?
}

extension UsersProjection {
    /// `users/{id}`; `users?email=…`; `users?active=true&after=…&limit=…`.
    public static let queries: [ReadModelQuery] = [
        ReadModelQuery("users/{id}", "A user.") { parameters, db in
            try Row.fetchOne(db, sql: "SELECT * FROM users WHERE user_id = ?", arguments: [parameters["id"]])
                .map(UserRow.init)
        },
        ReadModelQuery(
            "users", "Users in the order of their ids, and where the next page begins.",
            parameters: [
                QueryParameter("email", purpose: "only those with this email, however it is written"),
                QueryParameter("active", .flag, purpose: "only those that are active, or that are not"),
                QueryParameter("after", purpose: "only those after this id"), .limit,
            ]
        ) { parameters, db in
            var conditions = ["user_id > ?"]
            let limit = parameters.limit()
            var arguments: StatementArguments = [parameters["after"] ?? ""]
            if let email = parameters["email"] {
                conditions.append("email_normal_form = ?")
                arguments += [EmailAddress.normalForm(of: email)]
            }
            if let isActive = parameters.flag("active") {
                conditions.append(isActive ? "is_active" : "NOT is_active")
            }
            let sql = "SELECT * FROM users WHERE \(conditions.joined(separator: " AND ")) ORDER BY user_id LIMIT ?"
            // One more than wanted tells whether there is a next page.
            let found = try Row.fetchAll(db, sql: sql, arguments: arguments + [limit + 1]).map(UserRow.init)
            let users = Array(found.prefix(limit))
            return UserPage(users: users, next: found.count > limit ? users.last?.id : nil)
        },
    ]
}
