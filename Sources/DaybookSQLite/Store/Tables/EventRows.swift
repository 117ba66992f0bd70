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

    /// Writes an entry of the log. What it shares with its event is not written again.
    ///
    /// - Parameters:
    ///   - ordinal: Its place among the entries of its event, from 0.
    ///   - position: That of its event.
    ///   - type: The number of the name of its own type, see ``NewEvent/Published/ownType(beside:in:)``.
    static func insert(
        _ entry: NewEvent.Published, at place: LogPlace, ordinal: Int, of event: NewEvent, position: Position,
        type: Int64?, in db: Database
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
        insert.bind(entry.ownSchemaVersion(beside: event).map { Int64($0) })
        insert.bind(entry.ownData(beside: event))
        try insert.run()
    }
}

/// Beside its event an entry of the log has only what is its own.
extension NewEvent.Published {
    /// An entry put together from what is its own and its event.
    ///
    /// - Parameters:
    ///   - type: `nil` where it is the event's, after the stream's category: `user.created` for `created`.
    ///   - schemaVersion: `nil` where it is the event's.
    ///   - data: `nil` where they are the event's.
    init(ownType type: String?, schemaVersion: Int?, data: [UInt8]?, of event: NewEvent, in stream: StreamName) {
        self.init(
            type: type ?? "\(stream.category).\(event.type)", schemaVersion: schemaVersion ?? event.schemaVersion,
            data: data ?? event.data)
    }

    /// Its type; `nil` where it is the event's, after the stream's category.
    func ownType(beside event: NewEvent, in stream: StreamName) -> String? {
        isNamedAfter(event, in: stream) ? nil : type
    }

    /// Its schema version; `nil` where it is the event's.
    func ownSchemaVersion(beside event: NewEvent) -> Int? {
        schemaVersion == event.schemaVersion ? nil : schemaVersion
    }

    /// Its data; `nil` where they are the event's.
    func ownData(beside event: NewEvent) -> [UInt8]? { data == event.data ? nil : data }

    private func isNamedAfter(_ event: NewEvent, in stream: StreamName) -> Bool {
        let (own, type, category) = (type.utf8, event.type.utf8, stream.category.description.utf8)
        return own.count == category.count + 1 + type.count && own.starts(with: category)
            && own.dropFirst(category.count).first == UInt8(ascii: ".") && own.suffix(type.count).elementsEqual(type)
    }
}
