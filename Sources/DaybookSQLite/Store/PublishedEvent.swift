import Daybook
import GRDB

/// An integration event of a store, with its data as they are stored.
struct PublishedEvent: Sendable {
    /// Where the event is of which it was published.
    let position: Position
    let place: LogPlace
    let event: NewEvent.Published
}

extension Queries {
    /// What was published of a stream's events, in the order of the log. That is looked through for it: it has no index
    /// by streams.
    static func published(
        of stream: StreamName, in partition: Partition, _ db: Database
    ) throws -> [PublishedEvent] {
        let sql = """
            SELECT l.position, l.offset, COALESCE(own.name, ? || '.' || type.name),
                COALESCE(l.schema_version, e.schema_version), COALESCE(l.data, e.data)
            FROM integration_log l JOIN events e ON e.position = l.position JOIN types type ON type.id = e.type_id
                LEFT JOIN types own ON own.id = l.type_id
            WHERE l.partition = ? AND l.position IN (
                SELECT position FROM events WHERE stream_id = (SELECT id FROM streams WHERE name = ?))
            ORDER BY l.offset
            """
        var row = try PreparedStatement(sql, in: db)
        defer { row.reset() }
        row.bind(stream.category.description)
        row.bind(partition.index)
        row.bind(stream.description)
        var published: [PublishedEvent] = []
        while try row.step() {
            published.append(
                PublishedEvent(
                    position: Position(rawValue: row.int64(0)),
                    place: LogPlace(partition: partition, offset: Offset(rawValue: row.int64(1))),
                    event: NewEvent.Published(type: row.text(2), schemaVersion: row.int(3), data: row.array(4))))
        }
        return published
    }
}
