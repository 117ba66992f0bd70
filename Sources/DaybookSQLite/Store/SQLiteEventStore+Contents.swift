public import Daybook
import GRDB

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

    /// The number of events that are looked at from either end of those of a type.
    private static let lookedAt = 1000

    /// The types of the events, in each schema version and each category that has them, as far as the first and the last
    /// 1000 events of each type show.
    public func typesInUse() async throws -> [TypeInUse] {
        let sql = """
            SELECT types.name, events.schema_version, streams.name
            FROM types
            JOIN events ON events.position IN (
                SELECT position FROM (
                    SELECT position FROM events WHERE type_id = types.id ORDER BY position LIMIT ?1)
                UNION
                SELECT position FROM (
                    SELECT position FROM events WHERE type_id = types.id ORDER BY position DESC LIMIT ?1))
            JOIN streams ON streams.id = events.stream_id
            ORDER BY events.position
            """
        return try await readers.read { db in
            var known: Set<[String]> = []
            var types: [TypeInUse] = []
            let rows = try Row.fetchCursor(db, sql: sql, arguments: [Self.lookedAt])
            while let row = try rows.next() {
                let type = TypeInUse(name: row[0], schemaVersion: row[1], stream: StreamName(stored: row[2]))
                let kind = [type.name, "\(type.schemaVersion)", type.stream.category.description]
                if known.insert(kind).inserted { types.append(type) }
            }
            return types
        }
    }
}
