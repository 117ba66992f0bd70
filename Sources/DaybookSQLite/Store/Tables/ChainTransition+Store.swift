import Daybook
import GRDB

/// The place in the table `store`: `POSITION:DIGEST` under `chain-2-from`.
extension ChainTransition {
    private static let key = "chain-2-from"

    /// The transition that the store has noted; `nil` in a store that only older versions have written to.
    ///
    /// - Throws: ``StoreError`` when it is damaged.
    static func stored(in db: Database) throws -> ChainTransition? {
        guard let text = try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = ?", arguments: [key]) else {
            return nil
        }
        guard let noted = NotedHead(text), noted.position > .zero else {
            throw StoreError("the store's note of its chain is damaged: \(key) is “\(text)”")
        }
        return ChainTransition(position: noted.position, earlierSchemaVersions: noted.hash)
    }

    /// Notes that the next event begins the second format.
    static func begin(in db: Database) throws {
        try computed(at: StoreFile.head(in: db).position.next, in: db).store(in: db)
    }

    /// Notes it, in the place of an earlier note.
    func store(in db: Database) throws {
        let text = NotedHead(position: position, hash: earlierSchemaVersions).description
        try db.execute(sql: "INSERT OR REPLACE INTO store VALUES(?, ?)", arguments: [Self.key, text])
    }

    /// The transition at a position, with the digest of what the log has before it.
    static func computed(at position: Position, in db: Database) throws -> ChainTransition {
        var digest = Digest()
        guard position > 1 else { return .atStart }
        var rows = try PreparedStatement(
            """
            SELECT l.partition, l.offset, COALESCE(l.schema_version, e.schema_version)
            FROM integration_log l JOIN events e ON e.position = l.position
            WHERE l.position < ? ORDER BY l.partition, l.offset
            """, in: db)
        defer { rows.reset() }
        rows.bind(position.rawValue)
        while try rows.step() {
            let place = LogPlace(partition: Partition(rows.int(0)), offset: Offset(rawValue: rows.int64(1)))
            digest.add(schemaVersion: rows.int(2), at: place)
        }
        return ChainTransition(position: position, earlierSchemaVersions: digest.value)
    }
}
