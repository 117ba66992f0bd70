import Daybook
import Foundation
import GRDB

/// The tables that every read model has besides those of its projection.
enum ReadModelSchema {
    static let tables = """
        CREATE TABLE IF NOT EXISTS projection(name TEXT NOT NULL, version INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS checkpoints(
            source TEXT NOT NULL,
            partition INTEGER NOT NULL,
            epoch BLOB NOT NULL,
            offset INTEGER NOT NULL,
            event_id TEXT NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY(source, partition)
        ) WITHOUT ROWID;
        """

    /// Of which projection and version the rows are; `nil` in a new file.
    static func version(in db: Database) throws -> (name: String, version: Int)? {
        guard try db.tableExists("projection") else { return nil }
        return try Row.fetchOne(db, sql: "SELECT name, version FROM projection").map { ($0[0], $0[1]) }
    }

    /// `true` when the indexes of a generation that was built are made.
    static func isIndexed(in db: Database) throws -> Bool { try db.tableExists("indexed") }

    static func setIndexed(in db: Database) throws { try db.execute(sql: "CREATE TABLE indexed(at INTEGER)") }

    static func checkpoints(in db: Database) throws -> [Lane: Checkpoint] {
        var checkpoints: [Lane: Checkpoint] = [:]
        let sql = "SELECT source, partition, epoch, offset, event_id, hash FROM checkpoints"
        for row in try Row.fetchAll(db, sql: sql) {
            guard let epoch = Epoch(bytes: row[2] as Data), let id = IntegrationEventID(row[4] as String),
                let hash = ChainHash(bytes: Array(row[5] as Data)), case let offset = row[3] as Int64, offset >= 0
            else { throw StoreError("the checkpoint of \(row[0] as String) p\(row[1] as Int) is damaged") }
            let lane = Lane(source: Source(row[0]), partition: Partition(row[1]))
            checkpoints[lane] = Checkpoint(
                epoch: epoch, offset: Offset(rawValue: offset), anchor: LogAnchor(id: id, hash: hash))
        }
        return checkpoints
    }

    /// Moves a checkpoint from the expected place to the next.
    ///
    /// - Returns: Whether it stood where it was expected.
    static func advance(_ posting: Posting, in db: Database) throws -> Bool {
        let (lane, next) = (posting.lane, posting.next)
        let values: [(any DatabaseValueConvertible)?] = [
            Data(next.epoch.bytes), next.offset.rawValue, next.anchor.id.description, Data(next.anchor.hash.bytes),
            lane.source.description, lane.partition.index,
        ]
        guard let expected = posting.expected else {
            let insert = """
                INSERT INTO checkpoints(epoch, offset, event_id, hash, source, partition) VALUES(?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """
            try db.cachedStatement(sql: insert).execute(arguments: StatementArguments(values))
            return db.changesCount == 1
        }
        let update = """
            UPDATE checkpoints SET epoch = ?, offset = ?, event_id = ?, hash = ?
            WHERE source = ? AND partition = ? AND epoch = ? AND offset = ? AND event_id = ?
            """
        try db.cachedStatement(sql: update).execute(
            arguments: StatementArguments(
                values + [Data(expected.epoch.bytes), expected.offset.rawValue, expected.anchor.id.description]))
        return db.changesCount == 1
    }

    /// Puts a checkpoint in the place of whatever is there.
    static func place(_ checkpoint: Checkpoint, of lane: Lane, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM checkpoints WHERE source = ? AND partition = ?",
            arguments: [lane.source.description, lane.partition.index])
        _ = try advance(Posting(lane: lane, expected: nil, entries: [], next: checkpoint), in: db)
    }
}
