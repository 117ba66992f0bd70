import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing

@Suite struct `A backup` {
    private func isOneFile(_ name: String, in folder: URL) throws -> Bool {
        try remains(of: name, in: folder) == [name]
    }

    @Test func `has everything that was answered before it began, whole, while appends go on`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let store = try SQLiteEventStore(path: path)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for client in 0..<4 {
                    tasks.addTask { try await appendMoves(store, (1000 * client)..<(1000 * client + 400)) }
                }
                for number in 0..<5 {
                    try await Task.sleep(for: .milliseconds(20))
                    let answered = try await store.head()
                    let copy = folder.appending(path: "copy\(number).sqlite").path
                    let head = try StoreBackup(of: path).write(to: copy, verifies: number % 2 == 0)
                    #expect(head.position >= answered)
                    #expect(try StoreVerification(path: copy).run() == head)
                    #expect(try isOneFile("copy\(number).sqlite", in: folder))
                }
                try await tasks.waitForAll()
            }
            let copy = folder.appending(path: "last.sqlite").path
            #expect(try StoreBackup(of: path).write(to: copy).position == 1600)
            #expect(try content(of: copy) == content(of: path))
            #expect(try StoreVerification(path: copy).epoch() == store.epoch)
        }
    }

    @Test func `overwrites nothing`() async throws {
        try await withStoreOfMoves { path, folder in
            let copy = folder.appending(path: "copy.sqlite")
            for name in ["copy.sqlite", "copy.sqlite-wal"] {
                let other = folder.appending(path: name)
                try Data("theirs".utf8).write(to: other)
                #expect(throws: StoreError.self) { try StoreBackup(of: path).write(to: copy.path) }
                #expect(try Data(contentsOf: other) == Data("theirs".utf8) && isOneFile(name, in: folder))
                try FileManager.default.removeItem(at: other)
            }
        }
    }

    /// The store that came meanwhile may be in use already.
    @Test func `overwrites nothing that came under its name while it was made`() async throws {
        try await withStoreOfMoves { path, folder in
            let copy = folder.appending(path: "copy.sqlite")
            #expect(throws: StoreError.self) {
                try StoreBackup(of: path).write(to: copy.path, verifies: true) { _, _ in
                    if FileManager.default.fileExists(atPath: copy.path) { return }
                    _ = try StoreRestore(to: copy.path).run(from: path)
                }
            }
            let (kept, original) = (StoreVerification(path: copy.path), StoreVerification(path: path))
            let (head, epoch) = (try original.run(), try original.epoch())
            #expect(try kept.run() == head)
            #expect(try kept.epoch() != epoch)
            #expect(try remains(of: "copy", in: folder).filter { $0.hasSuffix(".unfinished") }.isEmpty)
        }
    }

    @Test func `is made once when several make it at the same time`() async throws {
        try await withStoreOfMoves { path, folder in
            let copy = folder.appending(path: "copy.sqlite").path
            let made = await withTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<4 { tasks.addTask { (try? StoreBackup(of: path).write(to: copy)) != nil } }
                return await tasks.reduce(into: 0) { count, isMade in count += isMade ? 1 : 0 }
            }
            let head = try StoreVerification(path: path).run()
            #expect(made == 1)
            #expect(try StoreVerification(path: copy).run() == head)
            #expect(try isOneFile("copy.sqlite", in: folder))
        }
    }

    @Test func `leaves nothing behind when it cannot be made or proven`() async throws {
        try await withStoreOfMoves { path, folder in
            let copy = folder.appending(path: "copy.sqlite").path
            try tamper(path, "UPDATE events SET data = x'7b7d' WHERE position = 33")
            let found = #expect(throws: StoreDamage.self) { try StoreBackup(of: path).write(to: copy, verifies: true) }
            #expect(found?.position == 33)
            let other = folder.appending(path: "other.sqlite").path
            try await DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE theirs(x)") }
            #expect(throws: StoreError.self) { try StoreBackup(of: other).write(to: copy) }
            #expect(try remains(of: "copy", in: folder).isEmpty)
        }
    }
}

@Suite struct `A restore` {
    @Test func `makes a store of a backup, under a new epoch`() async throws {
        try await withStoreOfMoves { path, folder in
            let (copy, restored) = (folder.appending(path: "copy.sqlite").path, folder.appending(path: "r.sqlite").path)
            let head = try StoreBackup(of: path).write(to: copy)
            let before = try Data(contentsOf: URL(filePath: copy))
            let new = try StoreRestore(to: restored).run(from: copy)
            #expect(try Data(contentsOf: URL(filePath: copy)) == before)
            #expect(new.head == head && new.epoch != new.previousEpoch)
            #expect(try StoreVerification(path: copy).epoch() == new.previousEpoch)
            #expect(try content(of: restored) == content(of: path))
            let store = try SQLiteEventStore(path: restored)
            #expect(store.epoch == new.epoch)
            #expect(try await store.cursors() == StoreLog(path: path).cursors())
            // A command of before is not done again.
            let record = IdempotencyRecord(actor: "ada", route: "move", key: "k7", requestHash: [7])
            #expect(try await store.answer(to: record)?.isRepeated == true)
            try await appendMoves(store, 60..<70)
            #expect(try StoreVerification(path: restored).run(from: head).position == 70)
        }
    }

    @Test func `keeps snapshots`() async throws {
        try await withStoreOfMoves { path, folder in
            let stream = try StreamName("user-1")
            let snapshot = Snapshot(stream: stream, version: 3, schemaVersion: 1, state: Array("{}".utf8))
            try await SQLiteEventStore(path: path).keep(snapshot)
            let restored = folder.appending(path: "r.sqlite").path
            _ = try StoreRestore(to: restored).run(from: path)
            #expect(try await SQLiteEventStore(path: restored).snapshot(of: stream, schemaVersion: 1) == snapshot)
        }
    }

    @Test func `of a store of the first schema can be opened`() async throws {
        try await withTemporaryFolder { folder in
            let fixture = repository.appending(path: "Tests/Fixtures/users-first-schema.sqlite").path
            let restored = folder.appending(path: "r.sqlite").path
            let new = try StoreRestore(to: restored).run(from: fixture)
            let store = try SQLiteEventStore(path: restored)
            #expect(store.epoch == new.epoch)
            #expect(try await store.head() == new.head.position)
        }
    }

    @Test func `refuses a damaged backup, a store that is there and one that is in use, and leaves nothing behind`()
        async throws
    {
        try await withStoreOfMoves { path, folder in
            let restored = folder.appending(path: "r.sqlite").path
            let before = try content(of: path)
            #expect(throws: StoreError.self) { try StoreRestore(to: path).run(from: path) }
            #expect(try content(of: path) == before)
            let store = try SQLiteEventStore(path: restored)
            let error = #expect(throws: StoreError.self) { try StoreRestore(to: restored).run(from: path) }
            #expect(error?.description.contains("is in use by") == true)
            #expect(try await store.head() == 0)
            try tamper(path, "DELETE FROM events WHERE position = 12")
            let other = folder.appending(path: "other.sqlite").path
            let found = #expect(throws: StoreDamage.self) { try StoreRestore(to: other).run(from: path) }
            #expect(found?.position == 12)
            #expect(try remains(of: "other", in: folder).isEmpty)
        }
    }
}
