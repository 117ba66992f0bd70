public import Daybook
public import DaybookSQLite
public import GRDB
public import Users

/// The `user-statistics` read model: what happened on each UTC day of occurred-at.
///
/// Days are changed by deltas, and the number of active users is summed when it is read: so the order of the
/// partitions does not matter.
public struct UserStatisticsProjection: SQLiteProjection {
    public static let name = "user-statistics"
    public static let version = 1

    public init() {}

    public static func createTables(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE user_statistics(
                    day TEXT PRIMARY KEY NOT NULL,
                    created INTEGER NOT NULL DEFAULT 0,
                    email_changes INTEGER NOT NULL DEFAULT 0,
                    deactivated INTEGER NOT NULL DEFAULT 0,
                    reactivated INTEGER NOT NULL DEFAULT 0
                ) WITHOUT ROWID;
                """)
    }

    public func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        let column =
            switch event {
            case .created: "created"
            case .emailChanged: "email_changes"
            case .deactivated: "deactivated"
            case .reactivated: "reactivated"
            // Who was active was deactivated first; the counts name nobody.
            case .forgotten: String?.none
            }
        guard let column else { return }
        let sql = """
            INSERT INTO user_statistics(day, \(column)) VALUES(?, 1)
            ON CONFLICT(day) DO UPDATE SET \(column) = \(column) + 1
            """
        try db.run(sql, .text(entry.occurredAt.date))
    }
}

/// A day of the `user-statistics` read model.
public struct UserStatisticsDay: Codable, Sendable, Equatable {
    public var day: String
    public var created: Int
    public var emailChanges: Int
    public var deactivated: Int
    public var reactivated: Int
    /// Users that were active when the day ended.
    public var activeAtEndOfDay: Int
}

extension UserStatisticsProjection {
    /// `user-statistics?from=2026-11-01&to=2026-11-30`.
    public static let queries: [ReadModelQuery] = [
        ReadModelQuery(
            "user-statistics", "What happened on each day.",
            parameters: [
                QueryParameter("from", .date, purpose: "the first day, such as 2026-11-01"),
                QueryParameter("to", .date, purpose: "the last day"),
            ]
        ) { parameters, db in
            let (from, to) = (parameters.date("from"), parameters.date("to"))
            if let from, let to, from > to { throw QueryError("from must not be after to") }
            let sql = """
                SELECT * FROM (
                    SELECT *, SUM(created + reactivated - deactivated) OVER (ORDER BY day) AS active
                    FROM user_statistics)
                WHERE day BETWEEN ? AND ? ORDER BY day
                """
            let arguments: StatementArguments = [from?.date ?? "", to?.date ?? "9999-99-99"]
            return try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
                UserStatisticsDay(
                    day: try row.decode(forColumn: "day"), created: try row.decode(forColumn: "created"),
                    emailChanges: try row.decode(forColumn: "email_changes"),
                    deactivated: try row.decode(forColumn: "deactivated"),
                    reactivated: try row.decode(forColumn: "reactivated"),
                    activeAtEndOfDay: try row.decode(forColumn: "active"))
            }
        }
    ]
}
