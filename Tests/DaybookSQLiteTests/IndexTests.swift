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
}

@Suite struct `A key file` {
    private func create(_ store: SQLiteEventStore) async throws {
        let users = Repository<User>(store: store)
        try await users.execute(.create(email: "ada@example.com", name: "Ada"), on: "ada")
    }

    private func finishForgetting(_ stream: StreamName, _ store: SQLiteEventStore) async throws -> ForgettingReport {
        try await store.finishForgetting(stream) { EventCodec<User>().hasPlainPersonalData($0) }
    }

    @Test func `belongs to one store, which does not open without it`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            do { try await create(SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))) }
            #expect(throws: StoreError.self) { try SQLiteEventStore(path: path("s.sqlite")) }
            #expect(throws: StoreError.self) {
                try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("other.sqlite")))
            }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            #expect(try await Repository<User>(store: store).load("ada").aggregate.email == "ada@example.com")
            let mode = try FileManager.default.attributesOfItem(atPath: path("k.sqlite"))[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `refuses new personal data of whom was forgotten`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            try await create(store)
            let ada = try StreamName("user-ada")
            try await store.beginForgetting(ada)
            #expect(try await store.unfinishedForgettings() == [ada])
            let report = try await finishForgetting(ada, store)
            #expect(report == ForgettingReport(unreadableEvents: 1, plainEvents: 0, isLogEmptied: true))
            #expect(try await store.unfinishedForgettings() == [])
            let event = try EventCodec<User>().encode(
                .emailChanged(oldEmail: "a@b.cd", newEmail: "e@f.gh"), metadata: [], occurredAt: .now())
            await #expect(throws: AppendError.forgotten(ada)) {
                try await store.append(AppendRequest(stream: ada, expected: .any, events: [event]))
            }
            #expect(try await Repository<User>(store: store).load("ada").aggregate.email == SealedData.forgotten)
        }
    }

    /// The events that are appended, and how many of them count as plain.
    @Test(
        arguments: [
            // As they are declared today, and without a value for one that is personal.
            (#"{"contactEmail":"ada@example.com","name":"Ada"}"#, 2, ["contactEmail", "name"], 0),
            (#"{"contactEmail":"ada@example.com","name":null}"#, 2, ["contactEmail"], 0),
            // The name was declared only later, or nothing was.
            (#"{"contactEmail":"ada@example.com","name":"Ada"}"#, 2, ["contactEmail"], 1),
            (#"{"contactEmail":"ada@example.com","name":"Ada"}"#, 2, [], 1),
            // Under the name of an old schema.
            (#"{"email":"ada@example.com","name":"Ada"}"#, 1, ["email", "name"], 0),
            (#"{"email":"ada@example.com"}"#, 1, [], 1),
        ] as [(String, Int, Set<String>, Int)])
    func `makes unreadable what was declared personal, and no more is said of it`(
        data: String, schemaVersion: Int, personal: Set<String>, plain: Int
    ) async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            let ada = try StreamName("user-ada")
            let event = NewEvent(
                id: .new(), type: "created", schemaVersion: schemaVersion, occurredAt: .now(), data: Array(data.utf8),
                metadata: [], personal: personal)
            _ = try await store.append(AppendRequest(stream: ada, expected: .noStream, events: [event]))
            try await store.beginForgetting(ada)
            let report = try await finishForgetting(ada, store)
            #expect(
                report == ForgettingReport(unreadableEvents: 1 - plain, plainEvents: plain, isLogEmptied: true))
        }
    }

    @Test func `seals snapshots too`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            try await create(store)
            let ada = try StreamName("user-ada")
            let snapshot = Snapshot(
                stream: ada, version: 1, schemaVersion: 1, state: Array(#"{"email":"secret"}"#.utf8))
            try await store.keep(snapshot)
            #expect(try await store.snapshot(of: ada, schemaVersion: 1) == snapshot)
            let stored = try await store.pool.read { try Data.fetchOne($0, sql: "SELECT state FROM snapshots") }
            #expect(stored.map { String(decoding: $0, as: UTF8.self).contains("secret") } == false)
            try await store.beginForgetting(ada)
            #expect(try await store.snapshot(of: ada, schemaVersion: 1) == nil)
            try await store.keep(snapshot)
            #expect(try await store.snapshot(of: ada, schemaVersion: 1) == nil)
        }
    }
}
