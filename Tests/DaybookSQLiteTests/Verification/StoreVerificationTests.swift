import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

/// What somebody with the file in hand could do, and whether it is noticed, and where.
@Suite struct `Verifying a store` {
    /// A store with 300 events of 30 streams, each published as one or two integration events.
    private func withStore(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "store.sqlite").path
            try await fill(SQLiteEventStore(path: path))
            try await body(path)
        }
    }

    private func fill(_ store: SQLiteEventStore) async throws {
        for round in 0..<10 {
            for user in 0..<30 {
                let data = Array(#"{"round":\#(round),"user":\#(user)}"#.utf8)
                var published = [NewEvent.Published(type: "user.moved", schemaVersion: 1, data: data)]
                if user % 3 == 0 {
                    published.append(.init(type: "other.thing", schemaVersion: 1, data: [0x7b, 0x7d]))
                }
                let event = NewEvent(
                    id: .new(), type: "moved", occurredAt: .now(), data: data,
                    metadata: try EventMetadata.new().encoded(), published: published)
                _ = try await store.append(
                    AppendRequest(stream: try StreamName("user-\(user)"), expected: .any, events: [event]))
            }
        }
    }

    /// Changes a store as nobody should, the triggers dropped.
    private func tamper(_ path: String, _ sql: String...) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: path, configuration: configuration).write { db in
            let triggers = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            for trigger in triggers { try db.execute(sql: "DROP TRIGGER \(trigger)") }
            for statement in sql { try db.execute(sql: statement) }
        }
    }

    private func damage(_ path: String, from: NotedHead? = nil) -> StoreDamage? {
        #expect(throws: StoreDamage.self) { try StoreVerification(path: path).run(from: from) }
    }

    @Test func `proves one that is as it was written, from the beginning and from any head`() async throws {
        try await withStore { path in
            let verification = StoreVerification(path: path)
            var seen = 0
            let head = try verification.run { position, _ in seen = Int(position.rawValue) }
            #expect(head.position == 300 && seen == 300)
            #expect(try verification.run(from: head) == head)
            let store = try await SQLiteEventStore(path: path).read(after: 99, limit: 1)[0]
            #expect(try verification.run(from: NotedHead(position: 100, hash: store.hash)) == head)
            #expect(NotedHead("\(head)") == head && NotedHead("5:x") == nil && NotedHead("\(head.hash)") == nil)
        }
    }

    @Test(
        arguments: [
            ("UPDATE events SET data = CAST(replace(CAST(data AS TEXT), '1', '2') AS BLOB) WHERE position = 131", 131),
            ("UPDATE events SET metadata = x'7b7d' WHERE position = 7", 7),
            ("UPDATE events SET occurred_at = occurred_at + 1 WHERE position = 250", 250),
            ("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 300", 300),
            ("UPDATE events SET schema_version = 2 WHERE position = 2", 2),
            ("UPDATE events SET hash = zeroblob(32) WHERE position = 1", 1),
            ("UPDATE events SET event_id = zeroblob(16) WHERE position = 77", 77),
            ("UPDATE events SET event_id = x'00' WHERE position = 77", 77),
            ("UPDATE streams SET name = 'user-x' WHERE name = 'user-5'", 6),
            ("UPDATE types SET name = 'shoved' WHERE name = 'moved'", 1),
            ("DELETE FROM events WHERE position = 150", 150),
            ("DELETE FROM integration_log WHERE position = 44", 44),
            ("UPDATE integration_log SET data = x'7b20' WHERE position = 61 AND ordinal = 1", 61),
            ("UPDATE integration_log SET position = 45 WHERE position = 44", 44),
            ("UPDATE integration_log SET ordinal = 1 WHERE position = 44", 44),
            ("UPDATE integration_log SET ordinal = 1 - ordinal WHERE position = 61", 61),
            ("UPDATE integration_log SET type_id = 99 WHERE position = 61 AND ordinal = 1", 61),
            ("UPDATE integration_log SET partition = 99 WHERE position = 44", 44),
            ("UPDATE integration_log SET partition = -1 WHERE position = 44", 44),
            ("UPDATE integration_log SET offset = 0 WHERE position = 1 AND ordinal = 0", 1),
            ("UPDATE events SET tags = x'00' WHERE position = 12", 12),
            (
                """
                INSERT INTO events(position, event_id, stream_id, version, type_id, schema_version, occurred_at, recorded_at,
                    data, metadata, hash) SELECT -1, x'01', stream_id, 11, type_id, 1, 1, 1, data, metadata, hash
                FROM events WHERE position = 9
                """, -1
            ),
        ] as [(String, Int64)])
    func `names the first position that is not`(sql: String, position: Int64) async throws {
        try await withStore { path in
            try tamper(path, sql)
            let found = damage(path)
            #expect(found?.position.rawValue == position, "\(sql): \(String(describing: found))")
        }
    }

    @Test(arguments: 0..<8)
    func `finds an entry of the log that comes after the last event`(partition: Int) async throws {
        try await withStore { path in
            try tamper(
                path,
                """
                INSERT INTO integration_log
                SELECT \(partition), COALESCE(MAX(offset), 0) + 1, 301, 0, NULL, NULL, NULL FROM integration_log
                WHERE partition = \(partition)
                """)
            let found = damage(path)
            #expect(found?.position == 301 && found?.reason.contains("has no event") == true)
        }
    }

    @Test func `sees two events that have changed places`() async throws {
        try await withStore { path in
            try tamper(
                path, "UPDATE events SET position = -1 WHERE position = 90",
                "UPDATE events SET position = 90 WHERE position = 91",
                "UPDATE events SET position = 91 WHERE position = -1")
            #expect(damage(path)?.position == 90)
        }
    }

    @Test func `sees a tail that was cut, and a history that was written anew, by a head that was noted`() async throws
    {
        try await withStore { path in
            let head = try StoreVerification(path: path).run()
            try tamper(
                path, "DELETE FROM integration_log WHERE position > 290", "DELETE FROM events WHERE position > 290")
            // By itself a shorter store is whole.
            #expect(try StoreVerification(path: path).run().position == 290)
            #expect(damage(path, from: head)?.position == 291)
            #expect(throws: StoreDamage.self) { try StoreVerification(path: path).run(through: head) }
            let other = NotedHead(position: 100, hash: head.hash)
            let found = #expect(throws: StoreDamage.self) { try StoreVerification(path: path).run(through: other) }
            #expect(found?.position == 100)
            #expect(damage(path, from: NotedHead(position: 0, hash: head.hash))?.position == 0)
            #expect(damage(path, from: other)?.position == 100)
        }
    }

    @Test func `compares a head that was noted also where nothing is read again`() async throws {
        try await withStore { path in
            let verification = StoreVerification(path: path)
            let head = try verification.run()
            let stored = try await SQLiteEventStore(path: path).read(after: 99, limit: 1)[0]
            let earlier = NotedHead(position: 100, hash: stored.hash)
            for known in [NotedHead(position: 0, hash: .genesis), earlier, head] {
                #expect(try verification.run(from: head, through: known) == head)
                let other = NotedHead(position: known.position, hash: known == earlier ? head.hash : earlier.hash)
                let found = #expect(throws: StoreDamage.self) { try verification.run(from: head, through: other) }
                #expect(found?.position == known.position)
            }
            let nothing = NotedHead(position: 0, hash: head.hash)
            #expect(throws: StoreDamage.self) { try verification.run(through: nothing) }
        }
    }

    /// Otherwise verifying what is new would take as long as verifying everything.
    @Test func `finds rows that are nowhere by their keys`() async throws {
        try await withStore { path in
            try StoreFile(path).read { db in
                for (what, rows) in StoreVerification.orphans(8) {
                    let plan = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN SELECT MIN(position) FROM \(rows)")
                        .map { $0["detail"] as String }
                    #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH"), "\(what): \(plan)")
                }
            }
        }
    }

    @Test func `is not done with a file of another kind`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "other.sqlite").path
            try await DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE t(x)") }
            #expect(throws: StoreError.self) { try StoreVerification(path: path).run() }
        }
    }
}
