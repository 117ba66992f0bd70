import Daybook
import GRDB

/// One criterion with its tags as they are stored, and as a query of its own. The order of its tables is told to SQLite,
/// which cannot know how rare a tag is.
struct TagCriterion {
    let tags: [TagHash]
    let types: [String]
    let category: StreamCategory?

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

    /// `true` when an event that has its tags is meant. One that is not to be seen is not.
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
