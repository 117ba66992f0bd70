import Daybook
import Foundation
import GRDB

/// What is read from a store's tables.
enum Queries {
    private static let event = """
        SELECT e.position, e.event_id, s.name, e.version, t.name, e.schema_version, e.occurred_at, e.recorded_at,
            e.data, e.metadata, e.hash
        FROM events e JOIN streams s ON s.id = e.stream_id JOIN types t ON t.id = e.type_id
        """

    static func events(
        of stream: StreamName, after version: StreamVersion, limit: Int, in db: Database
    ) throws -> [StoredEvent] {
        try fetch(
            "WHERE e.stream_id = (SELECT id FROM streams WHERE name = ?) AND e.version > ? ORDER BY e.version LIMIT ?",
            [stream.description, version.rawValue, limit], db)
    }

    static func events(after position: Position, limit: Int, in db: Database) throws -> [StoredEvent] {
        try fetch("WHERE e.position > ? ORDER BY e.position LIMIT ?", [position.rawValue, limit], db)
    }

    static func event(_ id: EventID, in db: Database) throws -> StoredEvent? {
        try fetch("WHERE e.event_id = ?", [Data(id.bytes)], db).first
    }

    private static func fetch(_ condition: String, _ arguments: StatementArguments, _ db: Database) throws
        -> [StoredEvent]
    {
        let statement = try db.cachedStatement(sql: "\(event) \(condition)")
        return try Row.fetchCursor(statement, arguments: arguments).mapToArray { row in
            StoredEvent(
                position: Position(rawValue: row[0]), id: try id(row[1]), stream: StreamName(stored: row[2]),
                version: StreamVersion(rawValue: row[3]), type: row[4], schemaVersion: row[5],
                occurredAt: Timestamp(microseconds: row[6]), recordedAt: Timestamp(microseconds: row[7]),
                data: Array(row[8] as Data), metadata: Array(row[9] as Data), hash: Array(row[10] as Data))
        }
    }

    // MARK: The integration log

    private static let entry = """
        SELECT l.offset, e.event_id, l.ordinal, COALESCE(o.name, ''), t.name,
            COALESCE(l.schema_version, e.schema_version), s.name, e.version, e.occurred_at, e.recorded_at,
            COALESCE(l.data, e.data), e.metadata, e.hash
        FROM integration_log l JOIN events e ON e.position = l.position
            JOIN streams s ON s.id = e.stream_id JOIN types t ON t.id = e.type_id LEFT JOIN types o ON o.id = l.type_id
        """

    static func slice(
        of epoch: Epoch, partitionCount: Int, _ partition: Partition, after offset: Offset, limit: Int,
        maximumBytes: Int, in db: Database
    ) throws -> LogSlice {
        let anchor = try anchor(partition, offset, in: db)
        var bytes = 0
        var previousHash = anchor?.hash ?? EventChain.genesis
        var entries: [LogEntry] = []
        if limit > 0 {
            let statement = try db.cachedStatement(
                sql: "\(entry) WHERE l.partition = ? AND l.offset > ? ORDER BY l.offset LIMIT ?")
            let rows = try Row.fetchCursor(statement, arguments: [partition.index, offset.rawValue, limit])
            while bytes < maximumBytes, let row = try rows.next() {
                let entry = try logEntry(row, partition, previousHash)
                previousHash = entry.hash
                bytes += entry.data.count + entry.metadata.count + 200
                entries.append(entry)
            }
        }
        return LogSlice(
            epoch: epoch, partitionCount: partitionCount, head: try head(partition, in: db), anchor: anchor,
            entries: entries)
    }

    private static func logEntry(_ row: Row, _ partition: Partition, _ previousHash: [UInt8]) throws -> LogEntry {
        let stream = StreamName(stored: row[6])
        let ownType: String = row[3]
        return LogEntry(
            place: LogPlace(partition: partition, offset: Offset(rawValue: row[0])),
            id: IntegrationEventID(event: try id(row[1]), ordinal: row[2]),
            type: ownType.isEmpty ? "\(stream.category).\(row[4] as String)" : ownType, schemaVersion: row[5],
            stream: stream, streamVersion: StreamVersion(rawValue: row[7]),
            occurredAt: Timestamp(microseconds: row[8]), recordedAt: Timestamp(microseconds: row[9]),
            data: Array(row[10] as Data), metadata: Array(row[11] as Data), hash: Array(row[12] as Data),
            previousHash: previousHash)
    }

    private static func anchor(_ partition: Partition, _ offset: Offset, in db: Database) throws -> LogAnchor? {
        guard offset > .zero else { return nil }
        let statement = try db.cachedStatement(
            sql: """
                SELECT e.event_id, l.ordinal, e.hash FROM integration_log l JOIN events e ON e.position = l.position
                WHERE l.partition = ? AND l.offset = ?
                """)
        return try Row.fetchOne(statement, arguments: [partition.index, offset.rawValue]).map { row in
            LogAnchor(id: IntegrationEventID(event: try id(row[0]), ordinal: row[1]), hash: Array(row[2] as Data))
        }
    }

    static func head(_ partition: Partition, in db: Database) throws -> Offset {
        let statement = try db.cachedStatement(sql: "SELECT MAX(offset) FROM integration_log WHERE partition = ?")
        return Offset(rawValue: try Int64.fetchOne(statement, arguments: [partition.index]) ?? 0)
    }

    static func heads(_ count: Int, in db: Database) throws -> [Offset] {
        try Partition.all(count).map { try head($0, in: db) }
    }

    /// The last place in the log of the events from one position to another.
    static func lastPlace(
        _ partition: Partition, from first: Position, through last: Position, in db: Database
    ) throws -> LogPlace? {
        let sql = "SELECT MAX(offset) FROM integration_log WHERE partition = ? AND position BETWEEN ? AND ?"
        let offset = try Int64.fetchOne(
            db, sql: sql, arguments: [partition.index, first.rawValue, last.rawValue])
        return offset.map { LogPlace(partition: partition, offset: Offset(rawValue: $0)) }
    }

    private static func id(_ bytes: Data) throws -> EventID {
        guard let id = EventID(bytes: bytes) else { throw StoreError("an event id of \(bytes.count) bytes") }
        return id
    }
}

extension RowCursor {
    fileprivate func mapToArray<Value>(_ transform: (Row) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        while let row = try next() { values.append(try transform(row)) }
        return values
    }
}
