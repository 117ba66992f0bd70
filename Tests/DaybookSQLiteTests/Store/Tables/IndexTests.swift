import Daybook
import Foundation
import GRDB
import TestSupport
import Testing
import Users

@testable import DaybookSQLite

@Suite struct `The indexes of a store` {
    private func plan(_ sql: String, _ arguments: StatementArguments, in db: Database) throws -> [String] {
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments).map { $0["detail"] }
    }

    /// What is asked for by stream, type or tag is looked up and not searched for.
    @Test func `find events by aggregate, by type and by tag`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            try await store.pool.read { db in
                for (sql, arguments) in [
                    ("SELECT * FROM events WHERE stream_id = ? AND version > ? ORDER BY version", [1, 1]),
                    ("SELECT position FROM events WHERE type_id = ? AND position > ?", [1, 1]),
                    ("SELECT position FROM event_tags WHERE tag = ? AND position > ?", [1, 1]),
                ] as [(String, StatementArguments)] {
                    let plan = try plan(sql, arguments, in: db)
                    #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH"), "\(sql): \(plan)")
                }
            }
        }
    }

    @Test func `of tags is made anew from events of any schema`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let fixture = repository.appending(path: "Tests/Fixtures/users-first-schema.sqlite").path
            try FileManager.default.copyItem(atPath: fixture, toPath: path)
            let store = try SQLiteEventStore(path: path)
            let first = try #require(try await store.read(after: .zero, limit: 1).first)
            let users = Repository<User>(store: store)
            let email = try #require(try await users.load(first.stream.id, at: .version(1)).aggregate.email)
            let query = EventQuery.tagged(User.tag(email), in: User.category)
            #expect(try await store.read(query, after: .zero, limit: 10).isEmpty)
            #expect(try await store.indexTags(of: User.self) == 0)
            #expect(try await store.read(query, after: .zero, limit: 10).first?.position == first.position)
            // Once is enough.
            #expect(try await store.indexTags(of: User.self) == nil)
        }
    }
}

@Suite struct `An index of tags whose making was interrupted` {
    @Test(arguments: [(10, true), (10, false)])
    func `goes on where it was, unless other code has begun it`(position: Int64, isSame: Bool) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let fixture = repository.appending(path: "Tests/Fixtures/users-first-schema.sqlite").path
            try FileManager.default.copyItem(atPath: fixture, toPath: path)
            let store = try SQLiteEventStore(path: path)
            try await store.indexTags(of: User.self)
            try await store.pool.write { db in
                let code = try #require(
                    try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'tags:user'"))
                try db.execute(sql: "DELETE FROM event_tags; DELETE FROM store WHERE key = 'tags:user'")
                let begun = "\(position) \(isSame ? code : "9 other")"
                try db.execute(sql: "INSERT INTO store VALUES('tags-begun:user', ?)", arguments: [begun])
            }
            #expect(try await store.indexTags(of: User.self) == 0)
            let first = try await store.pool.read { db in
                try #require(try Int64.fetchOne(db, sql: "SELECT MIN(position) FROM event_tags"))
            }
            #expect(isSame == (first > position))
            #expect(try await store.indexTags(of: User.self) == nil)
        }
    }
}

@Suite struct `An idempotency key` {
    private func request(_ key: String, _ body: UInt8 = 1) throws -> AppendRequest {
        AppendRequest(
            stream: try StreamName("user-ada"), expected: .any,
            events: [NewEvent(id: .new(), type: "t", occurredAt: .now(), data: Array("{}".utf8), metadata: [])],
            idempotency: IdempotencyRecord(actor: "", route: "r", key: key, requestHash: [body]))
    }

    @Test func `counts across a restart, and keeps no plain hash of what was asked`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            do { _ = try await SQLiteEventStore(path: path).append(request("k")) }
            let store = try SQLiteEventStore(path: path)
            #expect(try await store.append(request("k")).isRepeated)
            await #expect(throws: AppendError.keyReused) { try await store.append(request("k", 2)) }
            let hash = try await store.pool.read {
                try Data.fetchOne($0, sql: "SELECT request_hash FROM idempotency_keys")
            }
            #expect(hash?.count == 32)
        }
    }

    /// The first stores kept the hash of a request as it was.
    @Test func `counts in a store that kept the plain hash of what was asked`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            let first = try await store.append(request("k"))
            try await store.pool.write { try $0.execute(sql: "UPDATE idempotency_keys SET request_hash = x'01'") }
            let again = try await store.append(request("k"))
            #expect(again.isRepeated && again.position == first.position)
            await #expect(throws: AppendError.keyReused) { try await store.append(request("k", 2)) }
        }
    }

    @Test func `counts as long as it is kept`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            for key in 0..<1200 { _ = try await store.append(request("old \(key)")) }
            let now = Timestamp.now()
            _ = try await store.append(request("new"))
            #expect(try await store.removeAnswers(before: now) == 1200)
            #expect(try await store.append(request("new")).isRepeated)
            #expect(try await !store.append(request("old 0")).isRepeated)
        }
    }

    /// Its age is counted in days that were seen.
    @Test func `is kept where the clock jumps ahead for a while`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            let start = Timestamp.now()
            func clean(_ day: Int64) async throws -> Int {
                let today = Timestamp(microseconds: start.microseconds + day * 86_400_000_000)
                return try await store.removeAnswers(olderThan: 3, today: today)
            }
            #expect(try await clean(0) == 0)
            for key in ["first", "second"] { _ = try await store.append(request(key)) }
            for day: Int64 in [40, 40, 1, 2, 1, 0] { #expect(try await clean(day) == 0) }
            #expect(try await store.append(request("first")).isRepeated)
            #expect(try await clean(3) == 1)
            #expect(try await !store.append(request("first")).isRepeated)
            #expect(try await store.append(request("second")).isRepeated)
        }
    }
}
