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
