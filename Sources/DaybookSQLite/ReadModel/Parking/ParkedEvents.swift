import Daybook
import Foundation
import GRDB

/// The events of a generation that are set aside, and those that are never to be posted.
enum ParkedEvents {
    static let tables = """
        CREATE TABLE IF NOT EXISTS parked_events(
            source TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
            stream TEXT NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL, schema_version INTEGER NOT NULL,
            stream_version INTEGER NOT NULL, occurred_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
            data BLOB NOT NULL, metadata BLOB NOT NULL, hash BLOB NOT NULL, previous_hash BLOB NOT NULL,
            reason TEXT, parked_at INTEGER NOT NULL,
            PRIMARY KEY(source, partition, offset)
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS parked_streams ON parked_events(source, stream, offset);
        CREATE TABLE IF NOT EXISTS skipped_events(source TEXT NOT NULL, event_id TEXT NOT NULL,
            PRIMARY KEY(source, event_id)) WITHOUT ROWID;
        """

    static func areThere(in db: Database) throws -> Bool {
        try Bool.fetchOne(db.cachedStatement(sql: "SELECT EXISTS(SELECT 1 FROM parked_events)")) ?? false
    }

    static func holds(_ stream: StreamName, of source: Source, in db: Database) throws -> Bool {
        let sql = "SELECT EXISTS(SELECT 1 FROM parked_events WHERE source = ? AND stream = ?)"
        return try Bool.fetchOne(
            db.cachedStatement(sql: sql), arguments: [source.description, stream.description]) ?? false
    }

    /// `true` when one of them says that the personal data of its stream were destroyed, in a file that may be of an
    /// earlier version of this code.
    static func holdForgetting(in db: Database) throws -> Bool {
        guard try db.tableExists("parked_events") else { return false }
        return try String.fetchAll(db, sql: "SELECT DISTINCT type FROM parked_events")
            .contains { LogEntry.isForgetting(type: $0) }
    }

    /// The stream of a parked event; `nil` when nothing is parked at that place.
    static func stream(at token: WriteToken, in db: Database) throws -> String? {
        let sql = "SELECT stream FROM parked_events WHERE source = ? AND partition = ? AND offset = ?"
        let place = token.place
        return try String.fetchOne(
            db.cachedStatement(sql: sql),
            arguments: [token.source.description, place.partition.index, place.offset.rawValue])
    }

    static func park(_ entry: LogEntry, of source: Source, reason: String?, in db: Database) throws {
        let sql = "INSERT INTO parked_events VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        try db.cachedStatement(sql: sql).execute(arguments: [
            source.description, entry.place.partition.index, entry.offset.rawValue, entry.stream.description,
            entry.id.description, entry.type, entry.schemaVersion, entry.streamVersion.rawValue,
            entry.occurredAt.microseconds, entry.recordedAt.microseconds, Data(entry.data), Data(entry.metadata),
            Data(entry.hash.bytes), Data(entry.previousHash.bytes), reason, Timestamp.now().microseconds,
        ])
    }

    // MARK: Looking

    /// The place where something is parked: the stream of each place, and why.
    static func places(in db: Database) throws -> [Lane: [Offset: (stream: String, reason: String)]] {
        var places: [Lane: [Offset: (stream: String, reason: String)]] = [:]
        let sql = "SELECT source, partition, offset, stream, COALESCE(reason, '') FROM parked_events"
        for row in try Row.fetchAll(db, sql: sql) {
            let lane = Lane(source: Source(row[0]), partition: Partition(row[1]))
            let (stream, reason): (String, String) = (row[3], row[4])
            places[lane, default: [:]][Offset(rawValue: row[2])] = (stream: stream, reason: reason)
        }
        return places
    }

    /// The events that could not be posted, counted by kind and partition, with the first place of each.
    static func kinds(
        in db: Database
    ) throws -> [(type: String, schemaVersion: Int, reason: String, count: Int, first: LogPlace)] {
        let sql = """
            SELECT type, schema_version, reason, COUNT(*), partition, MIN(offset) FROM parked_events
            WHERE reason IS NOT NULL GROUP BY type, schema_version, reason, partition ORDER BY 1, 2, 3, 5
            """
        return try Row.fetchAll(db, sql: sql).map { row in
            let first = LogPlace(partition: Partition(row[4]), offset: Offset(rawValue: row[5]))
            return (row[0], row[1], row[2], row[3], first)
        }
    }

    /// How many events could not be posted, one of each stream, and why the first of them could not; `nil` without one.
    static func failures(in db: Database) throws -> ParkedFailures? {
        let sql = "SELECT COUNT(*), reason, MIN(parked_at) FROM parked_events WHERE reason IS NOT NULL"
        guard let row = try Row.fetchOne(db, sql: sql), let reason: String = row[1] else { return nil }
        return ParkedFailures(streams: row[0], reason: reason)
    }

    static func count(in db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM parked_events") ?? 0
    }

    // MARK: Letting go

    /// The first parked entry of a stream; `nil` when nothing of it is parked.
    static func first(of stream: String, _ source: Source, in db: Database) throws -> LogEntry? {
        let sql = "SELECT * FROM parked_events WHERE source = ? AND stream = ? ORDER BY offset LIMIT 1"
        return try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [source.description, stream]).map(entry)
    }

    static func remove(_ entry: LogEntry, of source: Source, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM parked_events WHERE source = ? AND partition = ? AND offset = ?",
            arguments: [source.description, entry.place.partition.index, entry.offset.rawValue])
    }

    static func remove(_ stream: StreamName, of source: Source, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM parked_events WHERE source = ? AND stream = ?",
            arguments: [source.description, stream.description])
    }

    static func note(_ reason: String, on entry: LogEntry, of source: Source, in db: Database) throws {
        try db.execute(
            sql: "UPDATE parked_events SET reason = ? WHERE source = ? AND partition = ? AND offset = ?",
            arguments: [reason, source.description, entry.place.partition.index, entry.offset.rawValue])
    }

    private static func entry(_ row: Row) throws -> LogEntry {
        guard let id = IntegrationEventID(row["event_id"] as String),
            let hash = ChainHash(bytes: Array(row["hash"] as Data)),
            let previousHash = ChainHash(bytes: Array(row["previous_hash"] as Data))
        else { throw StoreError("a parked event is damaged: \(row["event_id"] as String)") }
        return LogEntry(
            place: LogPlace(partition: Partition(row["partition"]), offset: Offset(rawValue: row["offset"])), id: id,
            type: row["type"], schemaVersion: row["schema_version"], stream: StreamName(stored: row["stream"]),
            streamVersion: StreamVersion(rawValue: row["stream_version"]),
            occurredAt: Timestamp(microseconds: row["occurred_at"]),
            recordedAt: Timestamp(microseconds: row["recorded_at"]), data: Array(row["data"] as Data)[...],
            metadata: Array(row["metadata"] as Data)[...], hash: hash, previousHash: previousHash)
    }

    // MARK: Skipped for good

    static func skip(_ eventID: String, of source: Source, in db: Database) throws {
        try db.execute(
            sql: "INSERT INTO skipped_events VALUES(?, ?) ON CONFLICT DO NOTHING",
            arguments: [source.description, eventID])
    }

    static func skipped(in db: Database) throws -> Set<SkippedEvent> {
        Set(
            try Row.fetchAll(db, sql: "SELECT source, event_id FROM skipped_events").map {
                SkippedEvent(source: Source($0[0]), id: $0[1])
            })
    }

    /// Removes an event that is skipped, should it be parked. One that says that somebody is forgotten stays.
    ///
    /// - Returns: Its stream, if it was removed.
    static func giveUp(_ event: SkippedEvent, in db: Database) throws -> String? {
        let place = "FROM parked_events WHERE source = ? AND event_id = ?"
        let arguments: StatementArguments = [event.source.description, event.id]
        let found = try Row.fetchOne(db, sql: "SELECT stream, type \(place)", arguments: arguments)
        guard let found, !LogEntry.isForgetting(type: found["type"]) else { return nil }
        try db.execute(sql: "DELETE \(place)", arguments: arguments)
        return found["stream"]
    }
}
