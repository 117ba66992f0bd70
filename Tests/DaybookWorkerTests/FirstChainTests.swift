import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing
import UserViews
import Users

/// Files that were written when the chain was in its first format and a user was deactivated without a reason: a store
/// with its keys, snapshots, a forgotten user and one whose forgetting was interrupted, its full export and its read
/// models. None of them may ever be written again.
@Suite struct `Files of the first chain` {
    private static let head = NotedHead("20:a6145795e417c969d31b4015aae0564a61e11f74ed0d2e24d7a7a28682922da9")

    private func withFiles(_ body: (URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let copy = folder.appending(path: "files")
            let fixture = repository.appending(path: "Tests/Fixtures/users-first-chain")
            try FileManager.default.copyItem(at: fixture, to: copy)
            try await body(copy)
        }
    }

    private func open(_ folder: URL, _ name: String = "store.sqlite") throws -> SQLiteEventStore {
        try SQLiteEventStore(
            path: folder.appending(path: name).path,
            keys: KeyRing(path: folder.appending(path: "keys.sqlite").path))
    }

    private func verify(_ folder: URL, _ name: String = "store.sqlite") throws -> NotedHead {
        try StoreVerification(path: folder.appending(path: name).path).run()
    }

    private func append(_ store: SQLiteEventStore) async throws {
        let users = Repository<User>(store: store)
        try await users.execute(.deactivate(reason: "left"), on: "u7")
        try await users.execute(.reactivate(reason: "came back"), on: "u7")
    }

    @Test func `verify as they did, also after a writer has gone on with them`() async throws {
        try await withFiles { folder in
            #expect(try verify(folder) == Self.head)
            try await append(open(folder))
            #expect(try verify(folder).position == 22)
            let verification = StoreVerification(path: folder.appending(path: "store.sqlite").path)
            #expect(try verification.run(from: Self.head, through: Self.head).position == 22)
        }
    }

    @Test(arguments: [
        ("UPDATE integration_log SET schema_version = 7 WHERE position = 5", 21),
        ("UPDATE store SET value = replace(value, '21:', '22:') WHERE key = 'chain-2-from'", 21),
        ("UPDATE store SET value = '1:' || substr(value, 4) WHERE key = 'chain-2-from'", 1),
        ("DELETE FROM store WHERE key = 'chain-2-from'", 21),
        ("UPDATE integration_log SET schema_version = 7 WHERE position = 22", 22),
    ])
    func `show a change of what the first format left out`(sql: String, position: Int64) async throws {
        try await withFiles { folder in
            try await append(open(folder))
            let database = try DatabaseQueue(path: folder.appending(path: "store.sqlite").path)
            try await database.write { db in
                try db.execute(sql: "DROP TRIGGER integration_log_refuse_update")
                try db.execute(sql: sql)
                #expect(db.changesCount == 1)
            }
            try database.close()
            let damage = #expect(throws: StoreDamage.self) { try verify(folder) }
            #expect(damage?.position.rawValue == position)
        }
    }

    @Test func `load, snapshots and keys included`() async throws {
        try await withFiles { folder in
            let store = try open(folder)
            let users = Repository<User>(store: store)
            let u6 = try await users.load("u6").aggregate
            #expect(u6.email == "U6@Example.org" && u6.isActive && u6.statusReason == nil)
            #expect(try await !users.load("u3").aggregate.isActive)
            #expect(try await users.load("u5").aggregate.isForgotten)
            #expect(try await store.snapshot(of: StreamName("user-jose"), schemaVersion: 1)?.version == 1)
            #expect(try await store.unfinishedForgettings() == [StreamName("user-u4")])
            let key = IdempotencyRecord(actor: "ops", route: "user/create", key: "k3", requestHash: [3])
            #expect(try await store.answer(to: key)?.stream == "user-u3")
        }
    }

    /// Their tags were made of emails in another normal form.
    @Test func `keep the rule of one user per email in its present form`() async throws {
        try await withFiles { folder in
            let store = try open(folder)
            let users = Repository<User>(store: store)
            #expect(try await store.indexTags(of: User.self) != nil)
            let decomposed = UserCommand.create(email: "JOSE\u{301}@example.com", name: "J")
            #expect(try await users.execute(decomposed, on: "other").refusal?.code == "email-taken")
        }
    }

    @Test func `are exported and imported, the export of their time too`() async throws {
        try await withFiles { folder in
            func file(_ name: String) -> URL { folder.appending(path: name) }
            let old = try StoreImport(to: file("from-old.sqlite").path)
                .run(from: FileHandle(forReadingFrom: file("export.ndjson")))
            #expect(old.head == Self.head)
            #expect(try verify(folder, "from-old.sqlite") == Self.head)
            try await append(open(folder))
            for (name, source) in [("first", "store"), ("second", "first")] {
                var lines: [UInt8] = []
                let head = try StoreExport(path: file("\(source).sqlite").path).whole { lines += $0 }
                let header = String(decoding: lines.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
                #expect(header.contains(#""chain2From":21,"#) && header.contains(#""version":2"#))
                try Data(lines).write(to: file("\(name).ndjson"))
                let made = try StoreImport(to: file("\(name).sqlite").path)
                    .run(from: FileHandle(forReadingFrom: file("\(name).ndjson")))
                #expect(made.head == head && head.position == 22)
                #expect(try verify(folder, "\(name).sqlite") == head)
            }
            let edited = try String(contentsOf: file("first.ndjson"), encoding: .utf8)
                .replacing(#"\"schemaversion\":1"#, with: #"\"schemaversion\":7"#)
            try edited.write(to: file("edited.ndjson"), atomically: true, encoding: .utf8)
            let damage = #expect(throws: StoreDamage.self) {
                try StoreImport(to: file("edited.sqlite").path)
                    .run(from: FileHandle(forReadingFrom: file("edited.ndjson")))
            }
            #expect(damage?.position == 21)
        }
    }
}
