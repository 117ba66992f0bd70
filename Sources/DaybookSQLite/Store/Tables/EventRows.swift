import Daybook
import GRDB

/// The rows of events and of the integration log, as appends and imports write them. The column lists stand here alone.
enum EventRows {
    /// A table in which a name is written once, to be referred to by its number.
    enum NameTable {
        case streams, types

        fileprivate var insertion: String {
            switch self {
            case .streams: "INSERT INTO streams(name) VALUES(?)"
            case .types: "INSERT INTO types(name) VALUES(?)"
            }
        }
    }

    /// Writes a name that its table does not have.
    ///
    /// - Returns: Its number.
    static func insert(name: String, into table: NameTable, in db: Database) throws -> Int64 {
        var insert = try PreparedStatement(table.insertion, in: db)
        insert.bind(name)
        try insert.run()
        return db.lastInsertedRowID
    }

    /// Writes an event.
    ///
    /// - Parameters:
    ///   - stream: The number of its stream's name.
    ///   - type: The number of its type's name.
    ///   - tags: The hashes of its tags, one after the other; `nil` when it has none.
    static func insert(
        _ event: NewEvent, at position: Position, stream: Int64, version: StreamVersion, type: Int64,
        recordedAt: Timestamp, tags: [UInt8]?, hash: ChainHash, in db: Database
    ) throws {
        let sql = """
            INSERT INTO events(position, event_id, stream_id, version, type_id, schema_version, occurred_at,
                recorded_at, data, metadata, tags, hash) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        var insert = try PreparedStatement(sql, in: db)
        insert.bind(position.rawValue)
        insert.bind(event.id)
        insert.bind(stream)
        insert.bind(version.rawValue)
        insert.bind(type)
        insert.bind(event.schemaVersion)
        insert.bind(event.occurredAt.microseconds)
        insert.bind(recordedAt.microseconds)
        insert.bind(event.data)
        insert.bind(event.metadata)
        insert.bind(tags)
        insert.bind(hash)
        try insert.run()
    }

    /// Writes an entry of the log.
    ///
    /// - Parameters:
    ///   - position: That of its event.
    ///   - ordinal: Its place among the entries of its event, from 0.
    ///   - type: The number of its own type's name; `nil` where that is its event's after the stream's category.
    ///   - schemaVersion: Its own one; `nil` where it is that of its event.
    ///   - data: Its own ones; `nil` where they are those of its event.
    static func insertEntry(
        at place: LogPlace, of position: Position, ordinal: Int, type: Int64?, schemaVersion: Int?, data: [UInt8]?,
        in db: Database
    ) throws {
        let sql = """
            INSERT INTO integration_log(partition, offset, position, ordinal, type_id, schema_version, data)
            VALUES(?, ?, ?, ?, ?, ?, ?)
            """
        var insert = try PreparedStatement(sql, in: db)
        insert.bind(place.partition.index)
        insert.bind(place.offset.rawValue)
        insert.bind(position.rawValue)
        insert.bind(ordinal)
        insert.bind(type)
        insert.bind(schemaVersion.map { Int64($0) })
        insert.bind(data)
        try insert.run()
    }
}
