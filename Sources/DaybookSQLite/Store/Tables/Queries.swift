import Daybook
import GRDB

/// What is read from a store's tables.
enum Queries {
    private static let event = """
        SELECT e.position, e.event_id, s.name, e.version, t.name, e.schema_version, e.occurred_at, e.recorded_at,
            e.data, e.metadata, e.hash
        FROM events e JOIN streams s ON s.id = e.stream_id JOIN types t ON t.id = e.type_id
        """

    static func events(
        of stream: StreamName, after version: StreamVersion, limit: Int, _ seals: Seals, in db: Database
    ) throws -> [StoredEvent] {
        try fetch(
            seals,
            "WHERE e.stream_id = (SELECT id FROM streams WHERE name = ?) AND e.version > ? ORDER BY e.version LIMIT ?",
            db
        ) { statement in
            statement.bind(stream.description)
            statement.bind(version.rawValue)
            statement.bind(limit)
        }
    }

    static func events(
        after position: Position, limit: Int, _ seals: Seals, in db: Database
    ) throws -> [StoredEvent] {
        try fetch(seals, "WHERE e.position > ? ORDER BY e.position LIMIT ?", db) { statement in
            statement.bind(position.rawValue)
            statement.bind(limit)
        }
    }

    /// The last one, 0 when there is none.
    static func lastPosition(in db: Database) throws -> Position {
        var row = try PreparedStatement("SELECT MAX(position) FROM events", in: db)
        defer { row.reset() }
        return Position(rawValue: try row.step() ? row.int64(0) : 0)
    }

    /// The version of its last event, 0 when there is no such stream.
    static func version(of stream: StreamName, in db: Database) throws -> StreamVersion {
        var row = try PreparedStatement(
            "SELECT MAX(version) FROM events WHERE stream_id = (SELECT id FROM streams WHERE name = ?)", in: db)
        defer { row.reset() }
        row.bind(stream.description)
        return StreamVersion(rawValue: try row.step() ? row.int64(0) : 0)
    }

    static func event(_ id: EventID, in db: Database) throws -> StoredEvent? {
        try fetch(.none, "WHERE e.event_id = ?", db) { $0.bind(id) }.first
    }

    static func greatestID(in db: Database) throws -> EventID? {
        var row = try PreparedStatement("SELECT MAX(event_id) FROM events", in: db)
        defer { row.reset() }
        return try row.step() && !row.isNull(0) ? row.id(0) : nil
    }

    static func events(at positions: [Position], _ seals: Seals, in db: Database) throws -> [StoredEvent] {
        try positions.flatMap { position in
            try fetch(seals, "WHERE e.position = ?", db) { $0.bind(position.rawValue) }
        }
    }

    private static func fetch(
        _ seals: Seals, _ condition: String, _ db: Database, _ bind: (inout PreparedStatement) -> Void
    ) throws -> [StoredEvent] {
        var events: [StoredEvent] = []
        try forEachEvent(seals, condition, db, bind) { events.append($0) }
        return events
    }

    /// Shows the events of a condition, one after the other.
    static func forEachEvent(
        _ seals: Seals, _ condition: String, _ db: Database, _ bind: (inout PreparedStatement) -> Void,
        body: (StoredEvent) throws -> Void
    ) throws {
        var row = try PreparedStatement("\(event) \(condition)", in: db)
        defer { row.reset() }
        bind(&row)
        while try row.step() {
            let stream = StreamName(stored: row.text(2))
            try body(
                StoredEvent(
                    position: Position(rawValue: row.int64(0)), id: try row.id(1), stream: stream,
                    version: StreamVersion(rawValue: row.int64(3)), type: row.text(4), schemaVersion: row.int(5),
                    occurredAt: Timestamp(microseconds: row.int64(6)),
                    recordedAt: Timestamp(microseconds: row.int64(7)),
                    data: try seals.open(row.bytes(8), of: stream) ?? row.array(8), metadata: row.array(9),
                    hash: try row.hash(10)))
        }
    }

    static func replay(
        _ stream: StreamName, after version: StreamVersion, _ seals: Seals, in db: Database,
        _ body: (ReplayedEvent) throws -> Void
    ) throws {
        let sql = """
            SELECT version, type_id, schema_version, data FROM events
            WHERE stream_id = (SELECT id FROM streams WHERE name = ?) AND version > ? ORDER BY version
            """
        var row = try PreparedStatement(sql, in: db)
        defer { row.reset() }
        row.bind(stream.description)
        row.bind(version.rawValue)
        var types = TypeNames()
        while try row.step() {
            let type = try types.name(row.int64(1), in: db)
            try seals.opening(row.bytes(3), of: stream) { data in
                try body(
                    ReplayedEvent(
                        version: StreamVersion(rawValue: row.int64(0)), type: type, schemaVersion: row.int(2),
                        data: data))
            }
        }
    }

    // MARK: The integration log

    private static let entry = """
        SELECT l.offset, e.event_id, l.ordinal, l.type_id, e.type_id, COALESCE(l.schema_version, e.schema_version),
            s.name, e.version, e.occurred_at, e.recorded_at, COALESCE(l.data, e.data), e.metadata, e.hash
        FROM integration_log l JOIN events e ON e.position = l.position JOIN streams s ON s.id = e.stream_id
        """

    /// - Returns: What stands at `offset`.
    static func collect(
        _ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int,
        into entries: inout some EntryCollector, _ seals: Seals, in db: Database
    ) throws -> LogAnchor? {
        let anchor = try anchor(partition, offset, in: db)
        guard limit > 0 else { return anchor }
        var row = try PreparedStatement(
            "\(entry) WHERE l.partition = ? AND l.offset > ? ORDER BY l.offset LIMIT ?", in: db)
        defer { row.reset() }
        row.bind(partition.index)
        row.bind(offset.rawValue)
        row.bind(limit)
        var bytes = 0
        var previousHash = anchor?.hash ?? .genesis
        var types = TypeNames()
        while bytes < maximumBytes, try row.step() {
            let entry = try shownEntry(row, partition, previousHash, &types, db)
            bytes += try seals.show(entry, to: &entries)
            previousHash = entry.hash
        }
        return anchor
    }

    private static func shownEntry(
        _ row: PreparedStatement, _ partition: Partition, _ previousHash: ChainHash, _ types: inout TypeNames,
        _ db: Database
    ) throws -> ShownEntry {
        let stream = row.bytes(6)
        let type =
            row.isNull(3)
            ? try types.publishedName(row.int64(4), of: stream, in: db) : try types.name(row.int64(3), in: db)
        return ShownEntry(
            place: LogPlace(partition: partition, offset: Offset(rawValue: row.int64(0))),
            id: IntegrationEventID(event: try row.id(1), ordinal: row.int(2)), type: type,
            schemaVersion: row.int(5), stream: stream, streamVersion: StreamVersion(rawValue: row.int64(7)),
            occurredAt: Timestamp(microseconds: row.int64(8)), recordedAt: Timestamp(microseconds: row.int64(9)),
            data: row.bytes(10), metadata: row.bytes(11), hash: try row.hash(12), previousHash: previousHash)
    }

    /// The identity of the entry at an offset.
    static func anchor(_ partition: Partition, _ offset: Offset, in db: Database) throws -> LogAnchor? {
        guard offset > .zero else { return nil }
        let sql = """
            SELECT e.event_id, l.ordinal, e.hash FROM integration_log l JOIN events e ON e.position = l.position
            WHERE l.partition = ? AND l.offset = ?
            """
        var row = try PreparedStatement(sql, in: db)
        defer { row.reset() }
        row.bind(partition.index)
        row.bind(offset.rawValue)
        guard try row.step() else { return nil }
        return LogAnchor(id: IntegrationEventID(event: try row.id(0), ordinal: row.int(1)), hash: try row.hash(2))
    }

    static func head(_ partition: Partition, in db: Database) throws -> Offset {
        var row = try PreparedStatement("SELECT MAX(offset) FROM integration_log WHERE partition = ?", in: db)
        defer { row.reset() }
        row.bind(partition.index)
        return Offset(rawValue: try row.step() ? row.int64(0) : 0)
    }

    static func heads(_ count: Int, in db: Database) throws -> [Offset] {
        try Partition.all(count).map { try head($0, in: db) }
    }

    /// The progress of the relay, by partition.
    static func cursors(_ count: Int, in db: Database) throws -> [Offset] {
        var cursors = [Offset](repeating: .zero, count: count)
        var row = try PreparedStatement("SELECT partition, offset FROM relay_cursors", in: db)
        defer { row.reset() }
        while try row.step() {
            let partition = row.int(0)
            guard cursors.indices.contains(partition) else {
                throw StoreError("a relay cursor of partition \(partition), and the log has \(count) partitions")
            }
            cursors[partition] = Offset(rawValue: row.int64(1))
        }
        return cursors
    }
}

/// The names of event types by their ids, each looked up once.
private struct TypeNames {
    private var names: [Int64: String] = [:]
    private var published: [Int64: (prefix: [UInt8], name: String)] = [:]
    private var last: (id: Int64, name: String)?

    mutating func name(_ id: Int64, in db: Database) throws -> String {
        if let last, last.id == id { return last.name }
        let name = try names[id] ?? look(id, in: db)
        names[id] = name
        last = (id, name)
        return name
    }

    /// The name under which an event is published whose mapping gave it no other: after its stream's category.
    mutating func publishedName(
        _ id: Int64, of stream: UnsafeRawBufferPointer, in db: Database
    ) throws -> String {
        if let known = published[id], stream.starts(with: known.prefix) {
            return known.name
        }
        let category = Array(stream.prefix { $0 != 45 })
        let name = "\(String(decoding: category, as: UTF8.self)).\(try name(id, in: db))"
        published[id] = (category + [45], name)
        return name
    }

    private func look(_ id: Int64, in db: Database) throws -> String {
        var row = try PreparedStatement("SELECT name FROM types WHERE id = ?", in: db)
        defer { row.reset() }
        row.bind(id)
        guard try row.step() else { throw StoreError("an event of the unknown type \(id)") }
        return row.text(0)
    }
}
