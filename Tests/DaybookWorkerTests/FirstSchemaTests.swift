import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing
import UserViews
import Users

/// A store that was written when users were created with an `email`, and what was read from it then. Neither may ever
/// be written anew.
@Suite struct `A store of the first schema` {
    private struct Known: Decodable {
        struct State: Decodable {
            let email: String
            let name: String
            let isActive: Bool
            let emailHistory: [String]
        }

        let id: String
        let version: Int64
        let state: State
    }

    private func withStore(_ body: (SQLiteEventStore, [Known], URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let fixtures = repository.appending(path: "Tests/Fixtures")
            let path = folder.appending(path: "store.sqlite").path
            try FileManager.default.copyItem(
                atPath: fixtures.appending(path: "users-first-schema.sqlite").path, toPath: path)
            let lines = try String(contentsOf: fixtures.appending(path: "users-first-schema.ndjson"), encoding: .utf8)
            let known = try lines.split(separator: "\n").map {
                try JSONDecoder().decode(Known.self, from: Data($0.utf8))
            }
            #expect(known.count == 12)
            try await body(SQLiteEventStore(path: path), known, folder)
        }
    }

    @Test func `still loads`() async throws {
        try await withStore { store, known, _ in
            let users = Repository<User>(store: store)
            for user in known {
                let loaded = try await users.load(user.id)
                #expect(loaded.version.rawValue == user.version)
                #expect(loaded.aggregate.email == user.state.email && loaded.aggregate.name == user.state.name)
                #expect(loaded.aggregate.isActive == user.state.isActive)
                #expect(loaded.aggregate.emailHistory == user.state.emailHistory)
            }
        }
    }

    @Test func `is still projected`() async throws {
        try await withStore { store, known, folder in
            let path = folder.appending(path: "users").path
            let model = try await replay(store, source: "users-writer", to: UsersProjection(), in: path)
            #expect(try await model.parkedCount() == 0)
            let found = try await DatabaseQueue(path: model.path).read { db in
                try Row.fetchAll(db, sql: "SELECT * FROM users ORDER BY user_id").map { row in
                    (
                        id: row["user_id"] as String, email: row["email"] as String, name: row["name"] as String,
                        isActive: row["is_active"] as Bool, version: row["version"] as Int64
                    )
                }
            }
            #expect(found.count == known.count)
            for (row, user) in zip(found, known.sorted { $0.id < $1.id }) {
                #expect(row.id == user.id && row.email == user.state.email && row.name == user.state.name)
                #expect(row.isActive == user.state.isActive && row.version == user.version)
            }
        }
    }

    @Test func `keeps what is stored, and shows it in the present schema`() async throws {
        try await withStore { store, known, _ in
            let stored = try await store.read(after: .zero, limit: .max)
            let created = stored.filter { $0.type == "created" }
            #expect(created.count == known.count && created.allSatisfy { $0.schemaVersion == 1 })
            let shown = try created.flatMap { try EventCodec<User>().upcast($0) }
            for (old, new) in zip(created, shown) {
                #expect(String(decoding: old.data, as: UTF8.self).hasPrefix(#"{"email":"#))
                #expect(String(decoding: new.data, as: UTF8.self).hasPrefix(#"{"contactEmail":"#))
                #expect(new.schemaVersion == 2)
            }
            // The next one goes into the same store in the present schema.
            try await Repository<User>(store: store).execute(.create(email: "n@example.com", name: "N"), on: "new")
            let last = try #require(
                try await store.read(after: Position(rawValue: Int64(stored.count)), limit: 1).first)
            #expect(last.schemaVersion == 2 && String(decoding: last.data, as: UTF8.self).contains("contactEmail"))
        }
    }

    @Test func `is still exported byte for byte, and imported whole`() async throws {
        try await withStore { store, _, folder in
            let export = StoreExport(path: folder.appending(path: "store.sqlite").path, source: "users-first-schema")
            var lines: [UInt8] = []
            try export.events { lines += $0 }
            let known = repository.appending(path: "Tests/Fixtures/users-first-schema-export.ndjson")
            let expected = try String(contentsOf: known, encoding: .utf8)
            #expect(String(decoding: lines, as: UTF8.self) == expected)

            let file = folder.appending(path: "whole.ndjson")
            var whole: [UInt8] = []
            let head = try export.whole { whole += $0 }
            try Data(whole).write(to: file)
            let copy = folder.appending(path: "copy.sqlite").path
            let imported = try StoreImport(to: copy).run(from: FileHandle(forReadingFrom: file))
            #expect(imported.head == head && imported.previousEpoch == store.epoch)
            #expect(try await SQLiteEventStore(path: copy).read(after: .zero, limit: .max).count == 21)
        }
    }
}
