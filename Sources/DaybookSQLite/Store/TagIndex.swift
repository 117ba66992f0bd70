import Daybook
import Foundation
import GRDB

/// Finds events across streams, by their tags and types.
///
/// The index of tags is made with the appends and can be made anew from the events at any time: what an event is
/// tagged with is decided by today's code.
enum TagIndex {
    static func add(_ tag: TagHash, at position: Position, in db: Database) throws {
        var insert = try PreparedStatement("INSERT INTO event_tags VALUES(?, ?) ON CONFLICT DO NOTHING", in: db)
        insert.bind(tag)
        insert.bind(position.rawValue)
        try insert.run()
    }

    /// Removes what the events of a stream are found by.
    static func remove(_ stream: StreamName, in db: Database) throws {
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
    static func removeAll(of category: StreamCategory, in db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM event_tags WHERE position IN (
                    SELECT e.position FROM streams s CROSS JOIN events e ON e.stream_id = s.id
                    WHERE s.name >= ? AND s.name < ?)
                """, arguments: ["\(category)-", "\(category)."])
    }

    /// The positions of the events that a query means, in order.
    static func positions(
        of query: EventQuery, after position: Position, limit: Int, under key: TagKey, in db: Database
    ) throws -> [Position] {
        if limit == 1, query.criteria.count == 1, let criterion = query.criteria.first, criterion.types.isEmpty,
            let category = criterion.category, criterion.tags.count == 1, let tag = criterion.tags.first
        {
            return try first(key.hash(tag), in: category, after: position, db).map { [$0] } ?? []
        }
        let parts = query.criteria.map { Part($0, key) }
        guard let first = parts.first else { return [] }
        let sql =
            parts.count == 1
            ? "\(first.sql) ORDER BY 1 LIMIT ?"
            : "SELECT * FROM (\(parts.map(\.sql).joined(separator: " UNION "))) ORDER BY 1 LIMIT ?"
        var rows = try PreparedStatement(sql, in: db)
        defer { rows.reset() }
        for part in parts { part.bind(to: &rows, after: position) }
        rows.bind(limit)
        var positions: [Position] = []
        while try rows.step() { positions.append(Position(rawValue: rows.int64(0))) }
        return positions
    }

    /// What rules across streams ask with every command.
    private static func first(
        _ tag: TagHash, in category: StreamCategory, after position: Position, _ db: Database
    ) throws -> Position? {
        let sql = """
            SELECT t.position, s.name FROM event_tags t CROSS JOIN events e ON e.position = t.position
                CROSS JOIN streams s ON s.id = e.stream_id
            WHERE t.tag = ? AND t.position > ? ORDER BY t.position
            """
        var rows = try PreparedStatement(sql, in: db)
        defer { rows.reset() }
        rows.bind(tag)
        rows.bind(position.rawValue)
        while try rows.step() {
            if StreamName(stored: rows.text(1)).isOf(category) { return Position(rawValue: rows.int64(0)) }
        }
        return nil
    }

    /// One criterion as a query of its own. The order of its tables is told to SQLite, which cannot know how rare a
    /// tag is.
    private struct Part {
        let sql: String
        private let tags: [TagHash]
        private let types: [String]
        private let category: String?

        init(_ criterion: EventQuery.Criterion, _ key: TagKey) {
            tags = criterion.tags.map { key.hash($0) }
            types = criterion.types.sorted()
            category = criterion.category?.description
            sql = Self.sql(tags: tags.count, types: types.count, hasCategory: category != nil)
        }

        private static func sql(tags: Int, types: Int, hasCategory: Bool) -> String {
            var (tables, conditions): ([String], [String]) = ([], [])
            for index in 0..<tags {
                tables.append("event_tags t\(index)")
                conditions.append("t\(index).tag = ?")
                if index > 0 { conditions.append("t\(index).position = t0.position") }
            }
            let place = tags == 0 ? "e.position" : "t0.position"
            if tags == 0 || types > 0 || hasCategory { tables.append("events e") }
            if tags > 0 && tables.count > tags { conditions.append("e.position = t0.position") }
            if types > 0 {
                let marks = Array(repeating: "?", count: types).joined(separator: ", ")
                conditions.append("e.type_id IN (SELECT id FROM types WHERE name IN (\(marks)))")
            }
            if hasCategory {
                tables.append("streams s")
                conditions += ["s.id = e.stream_id", "s.name >= ?", "s.name < ?"]
            }
            conditions.append("\(place) > ?")
            return "SELECT \(place) FROM \(tables.joined(separator: " CROSS JOIN ")) "
                + "WHERE \(conditions.joined(separator: " AND "))"
        }

        func bind(to statement: inout PreparedStatement, after position: Position) {
            for tag in tags { statement.bind(tag) }
            for type in types { statement.bind(type) }
            if let category {
                // What begins with the category and a hyphen: a full stop comes next after a hyphen.
                statement.bind("\(category)-")
                statement.bind("\(category).")
            }
            statement.bind(position.rawValue)
        }
    }
}
