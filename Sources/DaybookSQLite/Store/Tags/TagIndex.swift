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
    private let recent: Mutex<RecentTags>

    init(key: TagKey, in db: Database) throws {
        self.key = key
        recent = Mutex(try Self.waiting(in: db))
    }

    // MARK: In the transactions that append

    /// Reads from the store what waits, as after a transaction that was not committed memory is wrong.
    func reload(in db: Database) throws {
        let waiting = try Self.waiting(in: db)
        recent.withLock { $0 = waiting }
    }

    /// Takes the tags of every new event, in order, also of those that have none.
    func add(_ tags: [TagHash], at position: Position, in db: Database) throws {
        guard let due = recent.withLock({ $0.add(tags, at: position) }) else { return }
        try Self.write(due, in: db)
    }

    /// Puts everything into the index.
    func settle(in db: Database) throws {
        try Self.write(recent.withLock { $0.settle() }, in: db)
    }

    private static func write(_ due: RecentTags.Due, in db: Database) throws {
        for entry in due.entries { try write(entry.tag, at: entry.position, in: db) }
        if let through = due.through { try setComplete(through: through, in: db) }
    }

    /// Puts a tag of an earlier event into the index.
    static func write(_ tag: TagHash, at position: Position, in db: Database) throws {
        var insert = try PreparedStatement("INSERT INTO event_tags VALUES(?, ?) ON CONFLICT DO NOTHING", in: db)
        insert.bind(tag)
        insert.bind(position.rawValue)
        try insert.run()
    }

    /// Puts the tags of a stream's events into the index, if some of them wait.
    func settle(_ stream: StreamName, in db: Database) throws {
        let sql = """
            SELECT position FROM events
            WHERE stream_id = (SELECT id FROM streams WHERE name = ?) AND tags IS NOT NULL
            ORDER BY version DESC LIMIT 1
            """
        var row = try PreparedStatement(sql, in: db)
        defer { row.reset() }
        row.bind(stream.description)
        guard try row.step() else { return }
        if try Position(rawValue: row.int64(0)) > Self.through(in: db) { try settle(in: db) }
    }

    /// What the index on the disk has of a stream's events. It may have been made by other code than the tags beside
    /// them, and is in the order of the tags: all of it is looked at.
    static func entries(of stream: StreamName, in db: Database) throws -> [RecentTags.Entry] {
        let sql = """
            SELECT tag, position FROM event_tags WHERE position IN
                (SELECT position FROM events WHERE stream_id = (SELECT id FROM streams WHERE name = ?))
            """
        var rows = try PreparedStatement(sql, in: db)
        defer { rows.reset() }
        rows.bind(stream.description)
        var entries: [RecentTags.Entry] = []
        while try rows.step() {
            entries += TagHash.all(in: rows.array(0)).map {
                RecentTags.Entry(tag: $0, position: Position(rawValue: rows.int64(1)))
            }
        }
        return entries
    }

    /// Removes what does not wait.
    static func remove(_ entries: [RecentTags.Entry], in db: Database) throws {
        for entry in entries {
            var delete = try PreparedStatement("DELETE FROM event_tags WHERE tag = ? AND position = ?", in: db)
            delete.bind(entry.tag)
            delete.bind(entry.position.rawValue)
            try delete.run()
        }
    }

    /// `true` when the index on the disk has a tag of an event.
    static func has(_ tag: TagHash, at position: Position, in db: Database) throws -> Bool {
        var row = try PreparedStatement("SELECT 1 FROM event_tags WHERE tag = ? AND position = ?", in: db)
        defer { row.reset() }
        row.bind(tag)
        row.bind(position.rawValue)
        return try row.step()
    }

    /// What an event was appended with.
    static func tags(beside position: Position, in db: Database) throws -> [TagHash] {
        var row = try PreparedStatement("SELECT tags FROM events WHERE position = ?", in: db)
        defer { row.reset() }
        row.bind(position.rawValue)
        return try row.step() && !row.isNull(0) ? TagHash.all(in: row.array(0)) : []
    }

    /// Removes what the events of a category are found by, except those of the streams in quarantine: nobody can make
    /// their tags again.
    func removeAll(of category: StreamCategory, in db: Database) throws {
        try settle(in: db)
        try db.execute(
            sql: """
                DELETE FROM event_tags WHERE position IN (
                    SELECT e.position FROM streams s CROSS JOIN events e ON e.stream_id = s.id
                    WHERE s.name >= ? AND s.name < ?
                        AND s.name NOT IN (SELECT stream FROM quarantine WHERE request_hash = x''))
                """, arguments: ["\(category)-", "\(category)."])
    }

    // MARK: Up to where the index on the disk has everything

    /// Notes that it has all that it is to have of the events up to a position.
    static func setComplete(through position: Position, in db: Database) throws {
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

    /// The tags of all later events, from beside them.
    private static func waiting(in db: Database) throws -> RecentTags {
        let through = try through(in: db)
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

    /// The events after a position that have all these tags and wait, as a transaction sees it: for one that began a
    /// while ago, memory may already lack what waited then.
    ///
    /// - Parameter through: Up to where the index is complete in this transaction.
    /// - Returns: Their positions in order. Some may be of events that the transaction does not see.
    func waiting(
        _ tags: [TagHash], after position: Position, through: Position, in db: Database
    ) throws -> [Position] {
        let after = max(position, through)
        let known = recent.withLock { recent in
            recent.complete <= through ? recent.positions(of: tags, after: after) : nil
        }
        return try known ?? Self.waiting(in: db).positions(of: tags, after: after)
    }
}
