import Daybook
import DaybookSQLite
import DaybookTesting
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing
import Users

@Suite struct `The SQLite store` {
    private func event(_ type: String = "created") -> NewEvent {
        NewEvent(
            id: .new(), type: type, occurredAt: .now(), data: Array("{}".utf8),
            metadata: Array(#"{"correlationId":"c"}"#.utf8),
            published: [.init(type: "user.\(type)", schemaVersion: 1, data: Array("{}".utf8))])
    }

    private func append(_ store: SQLiteEventStore, _ stream: String, _ events: Int = 1) async throws {
        _ = try await store.append(
            AppendRequest(stream: try StreamName(stream), expected: .any, events: (0..<events).map { _ in event() }))
    }

    @Test func `keeps the contract of every store`() async throws {
        try await withTemporaryFolder { folder in
            try await verifyStoreContract {
                try SQLiteEventStore(path: folder.appending(path: "\(UUID()).sqlite").path)
            }
        }
    }

    @Test func `keeps the contract of every store of a writer`() async throws {
        try await withTemporaryFolder { folder in
            try await verifyWriterStoreContract { hasKeys in
                let path = folder.appending(path: "\(UUID()).sqlite").path
                return try SQLiteEventStore(path: path, keys: hasKeys ? KeyRing(path: "\(path).keys") : nil)
            }
        }
    }

    @Test(arguments: [
        "UPDATE events SET hash = x'00' WHERE position = 60", "UPDATE events SET event_id = x'ff' WHERE position = 60",
        "DELETE FROM events WHERE position = 60",
    ])
    func `is refused when its end is damaged`(damage: String) async throws {
        try await withStoreOfMoves { path, _ in
            try tamper(path, damage)
            #expect(throws: StoreError.self) { try SQLiteEventStore(path: path) }
        }
    }

    @Test func `names a relay cursor of a partition that it does not have`() async throws {
        try await withStoreOfMoves { path, _ in
            try tamper(path, "INSERT INTO relay_cursors VALUES(8, 1)")
            let store = try SQLiteEventStore(path: path)
            let error = await #expect(throws: StoreError.self) { try await store.cursors() }
            #expect(error?.description.contains("partition 8") == true)
        }
    }

    @Test func `shows at the present time what was recorded while the clock was ahead`() async throws {
        try await withTemporaryFolder { folder in
            let present = Timestamp.now()
            let ahead = Timestamp(microseconds: present.microseconds + 40 * 86_400_000_000)
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path, now: { ahead })
            let users = Repository<User>(store: store)
            try await users.execute(.create(email: "ada@example.com", name: "Ada"), on: "ada")
            #expect(try await store.lastRecordedAt() == ahead)
            #expect(try await users.load("ada", at: .time(.now())).version == 1)
            let earlier = Timestamp(microseconds: present.microseconds - 3_600_000_000)
            #expect(try await users.load("ada", at: .time(earlier)).version == 0)
        }
    }

    @Test func `says when the last event was recorded, not an earlier one`() async throws {
        try await withTemporaryFolder { folder in
            let clock = Mutex<Int64>(1000)
            let store = try SQLiteEventStore(
                path: folder.appending(path: "s.sqlite").path,
                now: { Timestamp(microseconds: clock.withLock { $0 }) })
            #expect(try await store.lastRecordedAt() == nil)
            for time: Int64 in [1000, 2000, 3000] {
                clock.withLock { $0 = time }
                try await append(store, "user-1")
            }
            #expect(try await store.lastRecordedAt() == Timestamp(microseconds: 3000))
        }
    }

    /// Of ids that were stored a while ago only the greatest is remembered.
    @Test func `knows the ids of old events and of new ones`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            let late = event()
            let requests = try (0..<100).map { index in
                AppendRequest(
                    stream: try StreamName("user-\(index)"), expected: .any, events: (0..<100).map { _ in event() })
            }
            for request in requests { _ = try await store.append(request) }
            for request in requests { #expect(try await store.append(request).isRepeated) }
            let first = AppendRequest(stream: try StreamName("user-late"), expected: .exactly(0), events: [late])
            #expect(try await !store.append(first).isRepeated)
            #expect(try await store.append(first).isRepeated)
            #expect(try await store.head() == 10_001)
        }
    }

    /// What is published is found by halving the log.
    @Test func `says of a repeated append where it was published`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path, partitionCount: 2)
            var appended: [(AppendRequest, CommandAnswer)] = []
            for number in 0..<60 {
                var last = event()
                let entry = try #require(last.published.first)
                last.published = Array(repeating: entry, count: number % 3)
                let stream = try StreamName("user-\(number % 7)")
                let events = number % 2 == 0 ? [last] : [event(), last]
                let request = AppendRequest(stream: stream, expected: .any, events: events)
                appended.append((request, try await store.append(request)))
            }
            for (request, first) in appended {
                let again = try await store.append(request)
                #expect(again.isRepeated && again.published == first.published)
            }
        }
    }

    @Test func `is not opened by a version that does not know all of its tables`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            do { try await append(SQLiteEventStore(path: path), "user-1") }
            let later = "INSERT INTO grdb_migrations VALUES('999: what is to come')"
            var configuration = Configuration()
            // The store that was just closed has it for a moment.
            configuration.busyMode = .timeout(5)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try await database.write { try $0.execute(sql: later) }
            try database.close()
            #expect(throws: StoreError.self) { try SQLiteEventStore(path: path) }
            #expect(throws: StoreError.self) { try StoreLog(path: path) }
        }
    }

    @Test func `goes on where it was when it is opened again`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            var store: SQLiteEventStore? = try SQLiteEventStore(path: path)
            let epoch = store?.epoch
            try await append(#require(store), "user-1", 3)
            let last = try await store?.read(after: 2, limit: 1).first
            store = nil
            let again = try SQLiteEventStore(path: path)
            #expect(again.epoch == epoch)
            try await append(again, "user-1")
            let events = try await again.read(after: .zero, limit: 10)
            #expect(events.map(\.version) == [1, 2, 3, 4])
            #expect(events[2] == last)
            #expect(
                events[3].hash
                    == EventChain.link(
                        after: events[2].hash,
                        NewEvent(
                            id: events[3].id, type: "created", occurredAt: events[3].occurredAt, data: events[3].data,
                            metadata: events[3].metadata,
                            published: [
                                NewEvent.Published(type: "user.created", schemaVersion: 1, data: Array("{}".utf8))
                            ]),
                        stream: events[3].stream, version: 4, recordedAt: events[3].recordedAt,
                        places: [LogPlace(partition: .of(events[3].stream, among: 8), offset: 4)], format: .second))
        }
    }

    @Test(arguments: [
        "UPDATE events SET data = x'00' WHERE position = 1",
        "DELETE FROM events WHERE position = 1",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 1",
        """
        INSERT OR REPLACE INTO events SELECT 99, event_id, stream_id, 99, type_id, schema_version, occurred_at,
            recorded_at, data, metadata, tags, hash FROM events WHERE position = 1
        """,
        """
        INSERT OR REPLACE INTO events SELECT 99, x'01', stream_id, version, type_id, schema_version, occurred_at,
            recorded_at, data, metadata, tags, hash FROM events WHERE position = 1
        """,
        "UPDATE integration_log SET offset = 9", "DELETE FROM integration_log",
        "INSERT OR REPLACE INTO integration_log SELECT * FROM integration_log",
    ])
    func `refuses every change to what is recorded`(sql: String) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let store = try SQLiteEventStore(path: path)
            try await append(store, "user-1", 2)
            let before = try await store.read(after: .zero, limit: 10)
            let other = try DatabaseQueue(path: path)
            let error = #expect(throws: DatabaseError.self) { try other.write { try $0.execute(sql: sql) } }
            #expect(error?.message?.contains("what is recorded is never changed") == true)
            #expect(try await store.read(after: .zero, limit: 10) == before)
        }
    }

    @Test func `flushes every commit`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            #expect(try store.synchronousMode() == 2)
        }
    }

    @Test func `turns a second writer away and names the first`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let first = try SQLiteEventStore(path: path, holder: "users-writer")
            let error = #expect(throws: StoreError.self) { try SQLiteEventStore(path: path) }
            #expect(error?.description.contains("users-writer (process \(getpid())") == true)
            _ = try await first.head()
        }
    }

    @Test func `is not taken for another file, nor another file for it`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            try await DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE theirs(x)") }
            #expect(throws: StoreError.self) { try SQLiteEventStore(path: path) }
            let own = folder.appending(path: "own.sqlite").path
            let store = try SQLiteEventStore(path: own)
            let link = folder.appending(path: "link.sqlite").path
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: own)
            let error = #expect(throws: StoreError.self) { try SQLiteEventStore(path: link) }
            #expect(error?.description.contains("is in use by") == true)
            _ = try await store.head()
        }
    }

    @Test func `refuses another number of partitions`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            _ = try SQLiteEventStore(path: path, partitionCount: 4)
            #expect(throws: StoreError.self) { try SQLiteEventStore(path: path, partitionCount: 8) }
        }
    }

    @Test func `leaves the neighbours of a failed append alone, and its counters right`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let store = try SQLiteEventStore(path: path)
            // Something the store did not foresee fails in the middle of a group.
            let other = try DatabaseQueue(path: path)
            try await other.write { db in
                try db.execute(
                    sql: """
                        CREATE TRIGGER surprise BEFORE INSERT ON streams WHEN NEW.name = 'user-bad'
                        BEGIN SELECT RAISE(ABORT, 'surprise'); END
                        """)
            }
            let failures = await withTaskGroup(of: Int.self) { tasks in
                for index in 0..<200 {
                    tasks.addTask {
                        do {
                            try await append(store, index % 20 == 7 ? "user-bad" : "user-\(index)")
                            return 0
                        } catch { return 1 }
                    }
                }
                return await tasks.reduce(0, +)
            }
            #expect(failures == 10)
            #expect(try await store.read(after: .zero, limit: 1000).map(\.position.rawValue) == Array(1...190))
            #expect(try await store.heads().reduce(0) { $0 + $1.rawValue } == 190)
        }
    }

    @Test func `never lets recorded-at go back`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            var store: SQLiteEventStore? = try SQLiteEventStore(path: path) { Timestamp(microseconds: 5_000) }
            try await append(#require(store), "user-1")
            store = nil
            let earlier = try SQLiteEventStore(path: path) { Timestamp(microseconds: 1_000) }
            try await append(earlier, "user-1")
            #expect(try await earlier.read(after: .zero, limit: 9).map(\.recordedAt.microseconds) == [5_000, 5_000])
        }
    }
}
