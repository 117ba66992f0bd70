import Daybook
import Foundation
import GRDB
import Synchronization

/// Finds events across streams, by their tags and types.
///
/// The index of tags is made with the appends and can be made anew from the events at any time: what an event is
/// tagged with is decided by today's code. The last tags wait in memory, see ``RecentTags``; they stand beside their
/// events too, so that nothing is lost with a process, and whoever has only the file finds them there.
final class TagIndex: Sendable {
    let key: TagKey
    /// `nil` until something is appended.
    private let recent = Mutex<RecentTags?>(nil)

    init(key: TagKey) { self.key = key }

    // MARK: In the transactions that append

    /// Reads what the index lacks. After a transaction that was not committed too, as what is here is then wrong.
    func load(in db: Database) throws {
        let through = try Self.through(in: db)
        let loaded = try Self.recent(after: through, in: db)
        recent.withLock { $0 = loaded }
    }

    /// Takes the tags of every new event, in order, also of those that have none.
    func add(_ tags: [TagHash], at position: Position, in db: Database) throws {
        guard let due = recent.withLock({ $0?.add(tags, at: position) }) else { return }
        try Self.write(due, in: db)
    }

    /// Puts everything into the index.
    func settle(in db: Database) throws {
        guard let due = recent.withLock({ $0?.settle() }) else { return }
        try Self.write(due, in: db)
    }

    private static func write(_ due: RecentTags.Due, in db: Database) throws {
        for entry in due.entries { try write(entry.tag, at: entry.position, in: db) }
        if let through = due.through { try set(through: through, in: db) }
    }

    /// Puts a tag of an earlier event into the index.
    static func write(_ tag: TagHash, at position: Position, in db: Database) throws {
        var insert = try PreparedStatement("INSERT INTO event_tags VALUES(?, ?) ON CONFLICT DO NOTHING", in: db)
        insert.bind(tag)
        insert.bind(position.rawValue)
        try insert.run()
    }

    /// Removes what the events of a stream are found by.
    func remove(_ stream: StreamName, in db: Database) throws {
        try settle(in: db)
        let sql = """
            SELECT position, tags FROM events
            WHERE stream_id = (SELECT id FROM streams WHERE name = ?) AND tags IS NOT NULL
            """
        for row in try Row.fetchAll(db, sql: sql, arguments: [stream.description]) {
            for tag in TagHash.all(in: Array(row[1] as Data)) {
                var delete = try PreparedStatement("DELETE FROM event_tags WHERE tag = ? AND position = ?", in: db)
                delete.bind(tag)
                delete.bind(row[0] as Int64)
                try delete.run()
            }
        }
    }

    /// Removes what the events of a category are found by.
    func removeAll(of category: StreamCategory, in db: Database) throws {
        try settle(in: db)
        try db.execute(
            sql: """
                DELETE FROM event_tags WHERE position IN (
                    SELECT e.position FROM streams s CROSS JOIN events e ON e.stream_id = s.id
                    WHERE s.name >= ? AND s.name < ?)
                """, arguments: ["\(category)-", "\(category)."])
    }

    // MARK: Up to where the index has everything

    /// Notes that the index has all it is ever to have of the events up to a position.
    static func set(through position: Position, in db: Database) throws {
        var update = try PreparedStatement("UPDATE store SET value = ? WHERE key = 'tags-through'", in: db)
        update.bind(position.description)
        try update.run()
    }

    static func through(in db: Database) throws -> Position {
        var row = try PreparedStatement("SELECT value FROM store WHERE key = 'tags-through'", in: db)
        defer { row.reset() }
        guard try row.step(), let position = Int64(row.text(0)) else {
            throw StoreError("the store does not say up to where its tags are indexed")
        }
        return Position(rawValue: position)
    }

    private static func recent(after through: Position, in db: Database) throws -> RecentTags {
        var rows = try PreparedStatement(
            "SELECT position, tags FROM events WHERE position > ? ORDER BY position", in: db)
        defer { rows.reset() }
        rows.bind(through.rawValue)
        var (entries, last): ([RecentTags.Entry], Position) = ([], through)
        while try rows.step() {
            last = Position(rawValue: rows.int64(0))
            if rows.isNull(1) { continue }
            entries += TagHash.all(in: rows.array(1)).map { RecentTags.Entry(tag: $0, position: last) }
        }
        return RecentTags(after: through, entries, last: last)
    }

    /// The events that have all these tags and are later than what the index is sure to have, as a transaction sees it:
    /// for one that began a while ago, memory may already lack what the index did not have then.
    ///
    /// - Returns: Their positions in order. Some may be of events that the transaction does not see.
    func recent(
        _ tags: [TagHash], after position: Position, through: Position, in db: Database
    ) throws -> [Position] {
        let after = max(position, through)
        let known = recent.withLock { recent -> [Position]? in
            guard let recent, recent.complete <= through else { return nil }
            return recent.positions(of: tags, after: after)
        }
        return try known ?? Self.recent(after: through, in: db).positions(of: tags, after: after)
    }
}
