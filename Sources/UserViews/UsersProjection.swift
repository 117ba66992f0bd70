public import Daybook
public import DaybookSQLite
public import GRDB
public import Users

/// The `users` read model: a row for each user.
public struct UsersProjection: SQLiteProjection {
    public static let name = "users"
    public static let version = 1

    public init() {}

    public static func createTables(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE users(
                    user_id TEXT PRIMARY KEY NOT NULL,
                    email TEXT NOT NULL,
                    name TEXT NOT NULL,
                    is_active INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    version INTEGER NOT NULL
                ) WITHOUT ROWID;
                """)
    }

    public static func createIndexes(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE INDEX users_by_email ON users(email);
                CREATE INDEX active_users ON users(user_id) WHERE is_active;
                """)
    }

    public func post(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        let (id, at, version) = (
            entry.stream.id, entry.occurredAt.microseconds, entry.streamVersion.rawValue
        )
        switch event {
        case .created(let email, let name):
            try db.run(
                "INSERT INTO users VALUES(?, ?, ?, 1, ?, ?, ?)", .text(id), .text(email), .text(name), .integer(at),
                .integer(at), .integer(version))
        case .emailChanged(_, let newEmail):
            try db.run(
                "UPDATE users SET email = ?, updated_at = ?, version = ? WHERE user_id = ?", .text(newEmail),
                .integer(at), .integer(version), .text(id))
        case .deactivated: try setActive(false, id, at, version, in: db)
        case .reactivated: try setActive(true, id, at, version, in: db)
        case .forgotten: try db.run("DELETE FROM users WHERE user_id = ?", .text(id))
        }
    }

    private func setActive(_ isActive: Bool, _ id: String, _ at: Int64, _ version: Int64, in db: Database) throws {
        try db.run(
            "UPDATE users SET is_active = ?, updated_at = ?, version = ? WHERE user_id = ?",
            .integer(isActive ? 1 : 0), .integer(at), .integer(version), .text(id))
    }
}

/// A row of the `users` read model.
public struct UserRow: Codable, Sendable, Equatable {
    public var id: String
    public var email: String
    public var name: String
    public var isActive: Bool
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var version: Int64

    init(_ row: Row) {
        id = row["user_id"]
        email = row["email"]
        name = row["name"]
        isActive = row["is_active"]
        createdAt = Timestamp(microseconds: row["created_at"])
        updatedAt = Timestamp(microseconds: row["updated_at"])
        version = row["version"]
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
                "email": "only those with this email", "active": "only those that are active, or that are not",
                "after": "only those after this id", "limit": "at most so many, 1 to 1000; 100 if it is not given",
            ]
        ) { parameters, db in
            var conditions = ["user_id > ?"]
            let limit = try parameters.limit()
            var arguments: StatementArguments = [parameters["after"] ?? ""]
            if let email = parameters["email"] {
                conditions.append("email = ?")
                arguments += [email]
            }
            switch parameters["active"] {
            case nil: break
            case "true": conditions.append("is_active")
            case "false": conditions.append("NOT is_active")
            default: throw QueryError("active must be true or false")
            }
            let sql = "SELECT * FROM users WHERE \(conditions.joined(separator: " AND ")) ORDER BY user_id LIMIT ?"
            let users = try Row.fetchAll(db, sql: sql, arguments: arguments + [limit]).map(UserRow.init)
            return UserPage(users: users, next: users.count == limit ? users.last?.id : nil)
        },
    ]
}
