import Daybook
import Foundation
import GRDB

/// The answers that are given again.
enum IdempotencyKeys {
    static func answer(to record: IdempotencyRecord, under key: TagKey, in db: Database) throws -> CommandAnswer? {
        let statement = try db.cachedStatement(sql: "SELECT request_hash, answer FROM idempotency_keys WHERE key = ?")
        guard let row = try Row.fetchOne(statement, arguments: [record.key]) else { return nil }
        let stored = Array(row[0] as Data)
        // The first stores kept the plain hash.
        guard stored == key.hash(request: record.requestHash) || stored == record.requestHash else {
            throw AppendError.keyReused
        }
        var answer = try JSON.decode(CommandAnswer.self, from: Array(row[1] as Data))
        answer.isRepeated = true
        return answer
    }

    static func remember(
        _ answer: CommandAnswer, to record: IdempotencyRecord, under key: TagKey, at time: Timestamp, in db: Database
    ) throws {
        try db.cachedStatement(sql: "INSERT INTO idempotency_keys VALUES(?, ?, ?, ?)").execute(arguments: [
            record.key, Data(key.hash(request: record.requestHash)), Data(try JSON.encode(answer)), time.microseconds,
        ])
    }

    /// Removes at most `limit` answers that were given before a time.
    ///
    /// - Returns: How many there were.
    static func remove(before time: Timestamp, limit: Int, in db: Database) throws -> Int {
        try db.execute(
            sql: """
                DELETE FROM idempotency_keys WHERE key IN
                    (SELECT key FROM idempotency_keys WHERE recorded_at < ? ORDER BY recorded_at LIMIT ?)
                """, arguments: [time.microseconds, limit])
        return db.changesCount
    }

    /// The keys of commands on a stream that were answered at a time or later. Looks at every such answer.
    static func keys(of stream: StreamName, since time: Int64 = 0, in db: Database) throws -> [String] {
        let sql = """
            SELECT key FROM idempotency_keys
            WHERE recorded_at >= ? AND json_extract(CAST(answer AS TEXT), '$.stream') = ?
            """
        return try String.fetchAll(db, sql: sql, arguments: [time, stream.description])
    }

    /// The time when the last one was answered, in microseconds since 1970.
    static func last(in db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT MAX(recorded_at) FROM idempotency_keys") ?? 0
    }

    static func remove(_ key: String, in db: Database) throws {
        try db.execute(sql: "DELETE FROM idempotency_keys WHERE key = ?", arguments: [key])
    }
}
