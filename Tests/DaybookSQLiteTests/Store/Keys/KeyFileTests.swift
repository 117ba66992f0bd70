import Daybook
import Foundation
import GRDB
import TestSupport
import Testing
import Users

@testable import DaybookSQLite

@Suite struct `A key file` {
    private func create(_ store: SQLiteEventStore) async throws {
        let users = Repository<User>(store: store)
        try await users.execute(.create(email: "ada@example.com", name: "Ada"), on: "ada")
    }

    private func finishForgetting(_ stream: StreamName, _ store: SQLiteEventStore) async throws -> ForgettingReport {
        let codec = EventCodec<User>()
        return try await store.finishForgetting(
            stream, isPlain: { codec.hasPlainPersonalData($0, published: $1) },
            tags: { (try? codec.tags(ofForgotten: $0)) ?? [] }
        ).report
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

    @Test(arguments: [false, true])
    func `is not taken over by a second store`(hasKeys: Bool) async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            func open(_ name: String) throws -> SQLiteEventStore {
                try SQLiteEventStore(path: path(name), keys: KeyRing(path: path("k.sqlite")))
            }
            do {
                let store = try open("s.sqlite")
                if hasKeys { try await create(store) }
            }
            #expect(throws: StoreError.self) { try open("second.sqlite") }
            _ = try open("s.sqlite")
            // Files of the first version do not say whose they are.
            try await DatabaseQueue(path: path("k.sqlite")).write { db in
                try db.execute(sql: "DELETE FROM ring WHERE name = 'store'")
            }
            if hasKeys { #expect(throws: StoreError.self) { try open("third.sqlite") } }
            _ = try open("s.sqlite")
        }
    }

    @Test func `flushes every commit, and the end of its journal`() async throws {
        try await withTemporaryFolder { folder in
            let ring = try KeyRing(path: folder.appending(path: "k.sqlite").path)
            #expect(try ring.synchronousMode() == 3)
        }
    }

    @Test func `is read also when its writer was killed in a transaction`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            do { try await create(SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))) }
            try DatabaseQueue(path: path("k.sqlite")).inDatabase { db in
                // Otherwise a transaction that has not been flushed leaves a journal in which there is nothing to undo.
                try db.execute(sql: "PRAGMA synchronous = OFF; BEGIN IMMEDIATE; UPDATE subjects SET slot = NULL")
                for suffix in ["", "-journal"] {
                    try FileManager.default.copyItem(
                        atPath: path("k.sqlite" + suffix), toPath: path("killed.sqlite" + suffix))
                }
                try db.execute(sql: "ROLLBACK")
            }
            #expect(try KeyRing(readingFrom: path("killed.sqlite")).key(of: StreamName("user-ada")) != nil)
            var lines: [String] = []
            try StoreExport(path: path("s.sqlite"), keys: path("killed.sqlite")).events {
                lines.append(String(decoding: $0, as: UTF8.self))
            }
            #expect(lines.count == 1 && lines[0].contains("ada@example.com"))
        }
    }

    @Test func `refuses new personal values of a forgotten subject, and takes events without`() async throws {
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
            let withoutValues = try EventCodec<User>().encode(
                .deactivated(reason: nil), metadata: [], occurredAt: .now())
            #expect(withoutValues.isPersonal)
            #expect(
                try await store.append(AppendRequest(stream: ada, expected: .any, events: [withoutValues])).version == 2
            )
            #expect(try await Repository<User>(store: store).load("ada").aggregate.email == SealedData.forgotten)
        }
    }

    @Test func `forgets a subject once when several ask at once`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            try await create(store)
            let (ada, users) = (try StreamName("user-ada"), Repository<User>(store: store))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<4 {
                    tasks.addTask {
                        try await store.beginForgetting(ada)
                        _ = try await users.execute(on: "ada", metadata: .new()) { $0.forgetting() }
                        let report = try await finishForgetting(ada, store)
                        #expect(report.unreadableEvents == 1 && report.plainEvents == 0)
                    }
                }
                try await tasks.waitForAll()
            }
            // Those who look at the store at the same moment keep its write-ahead log from being emptied.
            #expect(try await finishForgetting(ada, store).isLogEmptied)
            #expect(try await store.unfinishedForgettings() == [])
            let events = try await store.read(ada, after: .zero, limit: 10)
            #expect(events.map(\.type) == ["created", "deactivated", "forgotten"])
        }
    }

    @Test func `refuses a personal member that is no text, and the store is as well as before`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            let event = NewEvent(
                id: .new(), type: "aged", occurredAt: .now(), data: Array(#"{"age":36}"#.utf8), metadata: [],
                personal: ["age"])
            let request = AppendRequest(stream: try StreamName("user-ada"), expected: .any, events: [event])
            // Together with one that is taken.
            let refused = Task { try await store.append(request) }
            try await create(store)
            await #expect(throws: PersonalDataError.self) { try await refused.value }
            #expect(store.problem == nil)
            #expect(try await store.head() == Position(rawValue: 1))
        }
    }

    @Test func `gives the first answer again also when the subject was forgotten since`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            let ada = try StreamName("user-ada")
            let event = try EventCodec<User>().encode(
                .created(contactEmail: "a@b.cd", name: "Ada"), metadata: [], occurredAt: .now())
            let request = AppendRequest(stream: ada, expected: .noStream, events: [event])
            let first = try await store.append(request)
            try await store.beginForgetting(ada)
            let again = try await store.append(request)
            #expect(again.isRepeated && again.position == first.position)
        }
    }

    @Test func `gets no key for what is refused`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let ring = try KeyRing(path: path("k.sqlite"))
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: ring)
            try await create(store)
            #expect(try ring.count() == 1)
            let users = Repository<User>(store: store)
            let outcome = try await users.execute(.create(email: "ada@example.com", name: "Eve"), on: "eve")
            #expect(outcome.refusal != nil)
            let event = try EventCodec<User>().encode(
                .created(contactEmail: "a@b.cd", name: "Eve"), metadata: [], occurredAt: .now())
            let late = AppendRequest(stream: try StreamName("user-eve"), expected: .exactly(3), events: [event])
            await #expect(throws: AppendError.self) { try await store.append(late) }
            #expect(try ring.count() == 1)
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
            (#"{"email":"ada@example.com","name":"Ada"}"#, 1, ["name"], 1),
            (#"{"email":"ada@example.com"}"#, 1, [], 1),
        ] as [(String, Int, Set<String>, Int)])
    func `counts as plain what was not declared personal`(
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
