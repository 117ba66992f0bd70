import Daybook
import GRDB

/// The snapshots in a store, one of a stream.
enum Snapshots {
    static func last(of stream: StreamName, schemaVersion: Int, in db: Database) throws -> Snapshot? {
        let sql = """
            SELECT version, state, checksum FROM snapshots
            WHERE stream_id = (SELECT id FROM streams WHERE name = ?) AND schema_version = ?
                AND version <= (SELECT MAX(version) FROM events WHERE stream_id = snapshots.stream_id)
            """
        var row = try PreparedStatement(sql, in: db)
        defer { row.reset() }
        row.bind(stream.description)
        row.bind(schemaVersion)
        guard try row.step() else { return nil }
        let snapshot = Snapshot(
            stream: stream, version: StreamVersion(rawValue: row.int64(0)), schemaVersion: schemaVersion,
            state: row.array(1))
        return try snapshot.checksum == row.hash(2) ? snapshot : nil
    }

    static func keep(_ snapshot: Snapshot, in db: Database) throws {
        let sql = """
            INSERT INTO snapshots(stream_id, version, schema_version, state, checksum, taken_at)
            SELECT id, ?, ?, ?, ?, ? FROM streams WHERE name = ?
            ON CONFLICT DO UPDATE SET version = excluded.version, schema_version = excluded.schema_version,
                state = excluded.state, checksum = excluded.checksum, taken_at = excluded.taken_at
            """
        var insert = try PreparedStatement(sql, in: db)
        insert.bind(snapshot.version.rawValue)
        insert.bind(snapshot.schemaVersion)
        insert.bind(snapshot.state)
        insert.bind(snapshot.checksum)
        insert.bind(Timestamp.now().microseconds)
        insert.bind(snapshot.stream.description)
        try insert.run()
    }
}
