import Daybook
import GRDB

/// The events that are not simply posted: those that an operator skipped, and those at which processes ended.
struct ExcludedEvents: Sendable {
    enum Decision: Equatable {
        case skip
        case park(String)

        var reason: String? { if case .park(let reason) = self { reason } else { nil } }
    }

    static let table = """
        CREATE TABLE IF NOT EXISTS crashes(event_id TEXT PRIMARY KEY NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
        """

    /// The number of processes that may end at an event before it is parked.
    private static let crashLimit = 3

    private let skipped: Set<SkippedEvent>
    private let crashes: [String: Int]

    init(in db: Database) throws {
        skipped = try ParkedEvents.skipped(in: db)
        crashes = Dictionary(
            uniqueKeysWithValues: try Row.fetchAll(db, sql: "SELECT event_id, count FROM crashes").map {
                ($0[0] as String, $0[1] as Int)
            })
    }

    /// A process has ended while it decoded or posted an event.
    static func count(_ event: IntegrationEventID, in db: Database) throws {
        try db.execute(
            sql: "INSERT INTO crashes VALUES(?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            arguments: [event.description])
    }

    /// An event at which processes have ended is posted now.
    static func clear(_ entry: LogEntry, in db: Database) throws {
        try db.execute(sql: "DELETE FROM crashes WHERE event_id = ?", arguments: [entry.id.description])
    }

    /// The events that are parked untried because so many processes have ended at them, and at how many.
    static func crashing(in db: Database) throws -> [String: Int] {
        guard try db.tableExists("crashes") else { return [:] }
        let sql = "SELECT event_id, count FROM crashes WHERE count >= ?"
        return Dictionary(
            uniqueKeysWithValues: try Row.fetchAll(db, sql: sql, arguments: [crashLimit]).map {
                ($0[0] as String, $0[1] as Int)
            })
    }

    /// Takes over at which events processes have ended that posted to another generation.
    static func note(_ crashing: [String: Int], in db: Database) throws {
        for (event, count) in crashing {
            try db.execute(
                sql: "INSERT INTO crashes VALUES(?, ?) ON CONFLICT DO UPDATE SET count = excluded.count",
                arguments: [event, count])
        }
    }

    var haveSuspects: Bool { !crashes.isEmpty }

    func isSuspect(_ entry: LogEntry) -> Bool { !crashes.isEmpty && crashes[entry.id.description] != nil }

    /// - Returns: `nil` for an event that is to be posted.
    func decision(on entry: LogEntry, of source: Source) -> Decision? {
        if skipped.isEmpty && crashes.isEmpty { return nil }
        let id = entry.id.description
        // What says that somebody is forgotten is never left out.
        if skipped.contains(SkippedEvent(source: source, id: id)) && !entry.isForgetting { return .skip }
        guard let count = crashes[id] else { return nil }
        if count >= Self.crashLimit { return .park("\(count) processes ended at it") }
        return nil
    }
}
