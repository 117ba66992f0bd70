public import Daybook
import GRDB

/// A type of stored events, with a stream that has one.
public struct TypeInUse: Sendable, Hashable {
    public var name: String
    public var schemaVersion: Int
    public var stream: StreamName
}

extension SQLiteEventStore {
    /// The categories of the streams, in order. Costs a look into an index for each of them.
    public func categories() async throws -> [StreamCategory] {
        // After all names that begin with "user-" comes "user.", as the dot follows the hyphen in ASCII.
        let sql = """
            WITH RECURSIVE firsts(name) AS (
                SELECT MIN(name) FROM streams
                UNION ALL
                SELECT (SELECT MIN(name) FROM streams
                        WHERE name > substr(firsts.name, 1, instr(firsts.name, '-') - 1) || '.')
                FROM firsts WHERE firsts.name IS NOT NULL)
            SELECT name FROM firsts WHERE name IS NOT NULL
            """
        return try await readers.read { db in
            try String.fetchAll(db, sql: sql).map { StreamName(stored: $0).category }
        }
    }

    /// The types of the events, each as its first and as its last event have it.
    public func typesInUse() async throws -> [TypeInUse] {
        let sql = """
            SELECT types.name, events.schema_version, streams.name
            FROM types
            JOIN events ON events.position IN (
                (SELECT MIN(position) FROM events WHERE type_id = types.id),
                (SELECT MAX(position) FROM events WHERE type_id = types.id))
            JOIN streams ON streams.id = events.stream_id
            ORDER BY events.position
            """
        return try await readers.read { db in
            try Row.fetchAll(db, sql: sql).map { row in
                TypeInUse(name: row[0], schemaVersion: row[1], stream: StreamName(stored: row[2]))
            }
        }
    }
}
