import Daybook
import Foundation
import GRDB

/// The messages that a read model or a reaction keeps because they could not be read, decoded or believed.
///
/// How many are kept is bounded: a queue may bring more of them than a disk has room for.
enum UnreadableMessages {
    static let tables = """
        CREATE TABLE IF NOT EXISTS unreadable_messages(
            id INTEGER PRIMARY KEY,
            partition INTEGER NOT NULL,
            reason TEXT NOT NULL,
            attributes TEXT NOT NULL,
            body BLOB NOT NULL,
            body_size INTEGER NOT NULL,
            kept_at INTEGER NOT NULL
        );
        CREATE TABLE IF NOT EXISTS unreadable_drops(id INTEGER PRIMARY KEY CHECK(id = 1), count INTEGER NOT NULL);
        """

    /// Keeps messages, and drops the oldest ones where there are too many.
    static func keep(_ messages: [UnreadableMessage], in db: Database) throws {
        if messages.isEmpty { return }
        let insert = """
            INSERT INTO unreadable_messages(partition, reason, attributes, body, body_size, kept_at)
            VALUES(?, ?, ?, ?, ?, ?)
            """
        for message in messages {
            try db.cachedStatement(sql: insert).execute(arguments: [
                message.partition.index, message.reason, message.raw.attributes, Data(message.raw.body),
                message.raw.bodySize, Timestamp.now().microseconds,
            ])
        }
        try dropOldest(in: db)
    }

    private static func dropOldest(in db: Database) throws {
        let surplus = """
            SELECT MAX(id) FROM (
                SELECT id, ROW_NUMBER() OVER newest AS number, SUM(length(attributes) + length(body)) OVER newest AS bytes
                FROM unreadable_messages WINDOW newest AS (ORDER BY id DESC)
            ) WHERE number > ? OR bytes > ?
            """
        let limits: StatementArguments = [KeptMessage.maximumCount, KeptMessage.maximumBytes]
        guard let last = try Int64.fetchOne(db, sql: surplus, arguments: limits) else { return }
        try db.execute(sql: "DELETE FROM unreadable_messages WHERE id <= ?", arguments: [last])
        try db.execute(
            sql: "INSERT INTO unreadable_drops VALUES(1, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            arguments: [db.changesCount])
    }

    /// Removes the messages that name a stream.
    static func remove(of stream: StreamName, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM unreadable_messages WHERE instr(attributes, ?)",
            arguments: [UnreadableMessage.mark(of: stream)])
    }

    static func count(in db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM unreadable_messages") ?? 0
    }

    /// The number of those that were dropped because there were too many, in a file that may be of an earlier version
    /// of this code.
    static func dropped(in db: Database) throws -> Int {
        guard try db.tableExists("unreadable_drops") else { return 0 }
        return try Int.fetchOne(db, sql: "SELECT count FROM unreadable_drops") ?? 0
    }
}
