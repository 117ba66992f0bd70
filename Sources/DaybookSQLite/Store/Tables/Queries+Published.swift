import Daybook
import GRDB

/// What was published of events. The log has no index by positions: as these grow with the offsets, and offsets have no
/// gaps, a place is found by halving.
extension Queries {
    /// The first offset of a partition that was published of the event at a position, or of a later one; the one after
    /// the head where there is none.
    private static func firstOffset(_ partition: Partition, from position: Position, in db: Database) throws -> Offset {
        var row = try PreparedStatement(
            "SELECT position FROM integration_log WHERE partition = ? AND offset = ?", in: db)
        var (low, high): (Offset, Offset) = (1, try head(partition, in: db).next)
        while low < high {
            let middle = low + (high - low) / 2
            defer { row.reset() }
            row.bind(partition.index)
            row.bind(middle.rawValue)
            guard try row.step() else { throw StoreError("\(partition) of the log lacks offset \(middle)") }
            if row.int64(0) < position.rawValue { low = middle.next } else { high = middle }
        }
        return low
    }

    /// The last place of what was published of the events from one position through another.
    static func lastPlace(
        _ partition: Partition, from first: Position, through last: Position, in db: Database
    ) throws -> LogPlace? {
        let begin = try firstOffset(partition, from: first, in: db)
        let end = try firstOffset(partition, from: last.next, in: db)
        return begin < end ? LogPlace(partition: partition, offset: end.previous) : nil
    }

    /// What was published of the event at a position of a stream, in order, with the data as they are stored.
    static func published(
        of position: Position, in stream: StreamName, _ partition: Partition, _ db: Database
    ) throws -> [(place: LogPlace, event: NewEvent.Published)] {
        let sql = """
            SELECT l.offset, l.position, COALESCE(own.name, ? || '.' || type.name), COALESCE(l.schema_version, e.schema_version),
                COALESCE(l.data, e.data)
            FROM integration_log l CROSS JOIN events e ON e.position = l.position
                CROSS JOIN types type ON type.id = e.type_id LEFT JOIN types own ON own.id = l.type_id
            WHERE l.partition = ? AND l.offset >= ? ORDER BY l.offset
            """
        let begin = try firstOffset(partition, from: position, in: db)
        var row = try PreparedStatement(sql, in: db)
        defer { row.reset() }
        row.bind(stream.category.description)
        row.bind(partition.index)
        row.bind(begin.rawValue)
        var published: [(place: LogPlace, event: NewEvent.Published)] = []
        while try row.step(), row.int64(1) == position.rawValue {
            published.append(
                (
                    place: LogPlace(partition: partition, offset: Offset(rawValue: row.int64(0))),
                    event: NewEvent.Published(type: row.text(2), schemaVersion: row.int(3), data: row.array(4))
                ))
        }
        return published
    }
}
