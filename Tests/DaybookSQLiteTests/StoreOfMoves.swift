import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport

/// Appends events to streams of two categories, published in all the ways that there are: not at all, as they are, and
/// twice, with a type, a schema version and data of their own.
func appendMoves(_ store: SQLiteEventStore, _ numbers: Range<Int>) async throws {
    for number in numbers {
        let data = Array(#"{"number":\#(number),"text":"é/\n"}"#.utf8)
        let whole = NewEvent.Published(type: "user.moved", schemaVersion: 1, data: data)
        let other = NewEvent.Published(type: "other.thing", schemaVersion: 3, data: Array("{}".utf8))
        let published: [[NewEvent.Published]] = [[], [whole], [whole, other]]
        let category = number % 5 == 0 ? "account" : "user"
        let event = NewEvent(
            id: .new(), type: number % 7 == 0 ? "stayed" : "moved", occurredAt: .now(), data: data,
            metadata: try EventMetadata(correlationID: "c\(number)", causationID: "k", actor: "ada").encoded(),
            published: published[number % 3])
        let record = IdempotencyRecord(
            actor: "ada", route: "move", key: "k\(number)", requestHash: [UInt8(number % 256)])
        _ = try await store.append(
            AppendRequest(
                stream: try StreamName("\(category)-\(number % 10)"), expected: .any, events: [event],
                idempotency: record))
    }
}

/// A store with 60 such events that nobody has, and whose relay has sent a part of them.
func withStoreOfMoves(_ body: (_ path: String, _ folder: URL) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let path = folder.appending(path: "moves.sqlite").path
        try await fillWithMoves(path)
        try await body(path, folder)
    }
}

private func fillWithMoves(_ path: String) async throws {
    let store = try SQLiteEventStore(path: path)
    try await appendMoves(store, 0..<60)
    try await store.moveCursors([Partition(0): 2, Partition(3): 1, Partition(5): 99])
}

/// Changes a store as nobody should, the triggers dropped.
func tamper(_ path: String, _ sql: String...) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.foreignKeysEnabled = false
    let database = try DatabaseQueue(path: path, configuration: configuration)
    try database.inDatabase { db in
        let triggers = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for trigger in triggers { try db.execute(sql: "DROP TRIGGER \(trigger)") }
        for statement in sql { try db.execute(sql: statement) }
    }
    try database.close()
}

/// Everything in a store that an export carries, row by row.
func content(of path: String) throws -> [String] {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: path, configuration: configuration).inDatabase { db in
        try [
            """
            SELECT e.position, hex(e.event_id), s.name, e.version, t.name, e.schema_version, e.occurred_at,
                e.recorded_at, hex(e.data), hex(e.metadata), hex(e.tags), hex(e.hash)
            FROM events e JOIN streams s ON s.id = e.stream_id JOIN types t ON t.id = e.type_id ORDER BY e.position
            """,
            """
            SELECT l.partition, l.offset, l.position, l.ordinal, t.name, l.schema_version, hex(l.data), l.data IS NULL
            FROM integration_log l LEFT JOIN types t ON t.id = l.type_id ORDER BY l.partition, l.offset
            """,
        ].flatMap { try Row.fetchAll(db, sql: $0).map(\.description) }
    }
}

/// The files in a folder that belong to one of the name, besides its lock.
func remains(of name: String, in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
        $0.hasPrefix(name) && !$0.hasSuffix(".lock")
    }
}
