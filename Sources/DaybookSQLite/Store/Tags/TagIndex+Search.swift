import Daybook
import GRDB

extension TagIndex {
    /// The positions of the events that a query means, in order. To be asked in a transaction, as several statements
    /// must see the same moment.
    func positions(
        of query: EventQuery, after position: Position, limit: Int, in db: Database
    ) throws -> [Position] {
        let through = try Self.through(in: db)
        let criteria = query.criteria.map { TagCriterion($0, key) }
        let indexed = try Self.indexed(criteria, after: position, through: through, limit: limit, in: db)
        // What waits comes after it.
        if indexed.count >= limit, let last = indexed.last, last <= through { return indexed }
        var found = Set(indexed)
        for criterion in criteria where !criterion.tags.isEmpty {
            var count = 0
            for candidate in try waiting(criterion.tags, after: position, through: through, in: db)
            where try count < limit && criterion.fits(candidate, in: db) {
                found.insert(candidate)
                count += 1
            }
        }
        return Array(found.sorted().prefix(limit))
    }

    /// What the index on the disk has of them, and what has no tags to be found by.
    private static func indexed(
        _ criteria: [TagCriterion], after position: Position, through: Position, limit: Int, in db: Database
    ) throws -> [Position] {
        if criteria.isEmpty { return [] }
        if limit == 1, criteria.count == 1, let (tag, category) = criteria[0].tagInCategory {
            return try first(tag, in: category, after: position, through: through, db).map { [$0] } ?? []
        }
        let parts = criteria.map(\.sql)
        let sql =
            parts.count == 1
            ? "\(parts[0]) ORDER BY 1 LIMIT ?"
            : "SELECT * FROM (\(parts.joined(separator: " UNION "))) ORDER BY 1 LIMIT ?"
        var rows = try PreparedStatement(sql, in: db)
        defer { rows.reset() }
        for criterion in criteria { criterion.bind(to: &rows, after: position, through: through) }
        rows.bind(limit)
        var positions: [Position] = []
        while try rows.step() { positions.append(Position(rawValue: rows.int64(0))) }
        return positions
    }

    /// What rules across streams ask with every command.
    private static func first(
        _ tag: TagHash, in category: StreamCategory, after position: Position, through: Position, _ db: Database
    ) throws -> Position? {
        let sql = """
            SELECT t.position, s.name FROM event_tags t CROSS JOIN events e ON e.position = t.position
                CROSS JOIN streams s ON s.id = e.stream_id
            WHERE t.tag = ? AND t.position > ? AND t.position <= ? ORDER BY t.position
            """
        var rows = try PreparedStatement(sql, in: db)
        defer { rows.reset() }
        rows.bind(tag)
        rows.bind(position.rawValue)
        rows.bind(through.rawValue)
        while try rows.step() {
            if StreamName(stored: rows.text(1)).isOf(category) { return Position(rawValue: rows.int64(0)) }
        }
        return nil
    }
}

/// One criterion with its tags as they are stored, and as a query of its own. The order of its tables is told to SQLite,
/// which cannot know how rare a tag is.
private struct TagCriterion {
    let tags: [TagHash]
    private let types: [String]
    private let category: StreamCategory?

    init(_ criterion: EventQuery.Criterion, _ key: TagKey) {
        tags = criterion.tags.map { key.hash($0) }
        types = criterion.types.sorted()
        category = criterion.category
    }

    /// Its tag and its category, where it asks for just these.
    var tagInCategory: (TagHash, StreamCategory)? {
        guard tags.count == 1, types.isEmpty, let category else { return nil }
        return (tags[0], category)
    }

    /// Whether an event that has its tags is meant. One that is not to be seen is not.
    func fits(_ position: Position, in db: Database) throws -> Bool {
        let sql = """
            SELECT t.name, s.name FROM events e CROSS JOIN types t ON t.id = e.type_id
                CROSS JOIN streams s ON s.id = e.stream_id
            WHERE e.position = ?
            """
        var row = try PreparedStatement(sql, in: db)
        defer { row.reset() }
        row.bind(position.rawValue)
        guard try row.step() else { return false }
        return (types.isEmpty || types.contains(row.text(0)))
            && (category.map { StreamName(stored: row.text(1)).isOf($0) } ?? true)
    }

    var sql: String {
        var (tables, conditions): ([String], [String]) = ([], [])
        for index in tags.indices {
            tables.append("event_tags t\(index)")
            conditions.append("t\(index).tag = ?")
            if index > 0 { conditions.append("t\(index).position = t0.position") }
        }
        let place = tags.isEmpty ? "e.position" : "t0.position"
        if tags.isEmpty || !types.isEmpty || category != nil { tables.append("events e") }
        if !tags.isEmpty && tables.count > tags.count { conditions.append("e.position = t0.position") }
        if !types.isEmpty {
            let marks = Array(repeating: "?", count: types.count).joined(separator: ", ")
            conditions.append("e.type_id IN (SELECT id FROM types WHERE name IN (\(marks)))")
        }
        if category != nil {
            tables.append("streams s")
            conditions += ["s.id = e.stream_id", "s.name >= ?", "s.name < ?"]
        }
        conditions.append("\(place) > ?")
        if !tags.isEmpty { conditions.append("\(place) <= ?") }
        return "SELECT \(place) FROM \(tables.joined(separator: " CROSS JOIN ")) "
            + "WHERE \(conditions.joined(separator: " AND "))"
    }

    func bind(to statement: inout PreparedStatement, after position: Position, through: Position) {
        for tag in tags { statement.bind(tag) }
        for type in types { statement.bind(type) }
        if let category {
            // What begins with the category and a hyphen: a full stop comes next after a hyphen.
            statement.bind("\(category)-")
            statement.bind("\(category).")
        }
        statement.bind(position.rawValue)
        if !tags.isEmpty { statement.bind(through.rawValue) }
    }
}
