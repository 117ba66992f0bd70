import Daybook
import Foundation
import TestSupport
import Testing
import Users

@testable import DaybookSQLite

@Suite struct `An imported store with a key file` {
    private func create(_ id: String, _ store: SQLiteEventStore) async throws {
        try await Repository<User>(store: store).execute(.create(email: "\(id)@example.com", name: id), on: id)
    }

    private func forget(_ stream: StreamName, _ store: SQLiteEventStore) async throws {
        try await store.beginForgetting(stream)
        _ = try await store.finishForgetting(stream, isPlain: { _, _ in false }, tags: { _ in [] })
    }

    /// - Parameter change: Done to each line of the export.
    private func importStore(
        _ path: String, to copy: String, _ change: (String) -> String = { $0 }
    ) throws {
        var text = ""
        try StoreExport(path: path).whole { text += change(String(decoding: $0, as: UTF8.self)) }
        let file = "\(copy).ndjson"
        try Data(text.utf8).write(to: URL(filePath: file))
        _ = try StoreImport(to: copy).run(from: #require(FileHandle(forReadingAtPath: file)))
    }

    @Test(arguments: ["k.sqlite", "older.sqlite"])
    func `knows whom it forgot and whom it is to forget, also beside an older key file`(keys: String) async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let (ada, bob) = (try StreamName("user-ada"), try StreamName("user-bob"))
            do {
                let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
                for id in ["ada", "bob", "cy"] { try await create(id, store) }
                try FileManager.default.copyItem(atPath: path("k.sqlite"), toPath: path("older.sqlite"))
                try await forget(ada, store)
                try await store.beginForgetting(bob)
            }
            try importStore(path("s.sqlite"), to: path("copy.sqlite"))
            let store = try SQLiteEventStore(path: path("copy.sqlite"), keys: KeyRing(path: path(keys)))
            #expect(try await store.unfinishedForgettings() == [bob])
            let users = Repository<User>(store: store)
            for id in ["ada", "bob"] { #expect(try await users.load(id).aggregate.email == SealedData.forgotten) }
            #expect(try await users.load("cy").aggregate.email == "cy@example.com")
        }
    }

    @Test func `of an earlier version's export finishes again what may not be finished`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let ada = try StreamName("user-ada")
            do {
                let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
                try await create("ada", store)
                try await forget(ada, store)
            }
            try importStore(path("s.sqlite"), to: path("copy.sqlite")) {
                $0.replacing(#","unfinished":[]"#, with: "").replacing(#""keysMade":1,"#, with: "")
            }
            let store = try SQLiteEventStore(path: path("copy.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            #expect(try await store.unfinishedForgettings() == [ada])
        }
    }

    @Test func `refuses a key file from before its last key was made`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            do {
                let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
                try await create("ada", store)
                try FileManager.default.copyItem(atPath: path("k.sqlite"), toPath: path("older.sqlite"))
                try await create("bob", store)
            }
            try importStore(path("s.sqlite"), to: path("copy.sqlite"))
            #expect(throws: StoreError.self) {
                try SQLiteEventStore(path: path("copy.sqlite"), keys: KeyRing(path: path("older.sqlite")))
            }
            _ = try SQLiteEventStore(path: path("copy.sqlite"), keys: KeyRing(path: path("k.sqlite")))
        }
    }
}
