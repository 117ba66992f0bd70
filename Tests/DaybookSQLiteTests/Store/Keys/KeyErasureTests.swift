import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `A key that is destroyed` {
    private func subject(_ number: Int) throws -> StreamName { try StreamName("user-\(number)") }

    /// Subjects in an order in which their rows are moved from page to page.
    private static let subjects = (0..<4000).map { $0 * 1657 % 4000 }
    /// Some of them, the first and the last one too.
    private static let destroyed = stride(from: 0, to: 4000, by: 93).map { subjects[$0] }

    /// All parts of keys, eight bytes long.
    private func parts(of keys: [Data]) -> Set<UInt64> {
        var parts: Set<UInt64> = []
        for key in keys {
            key.withUnsafeBytes { bytes in
                for start in 0...bytes.count - 8 {
                    parts.insert(bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
                }
            }
        }
        return parts
    }

    /// How many of them are in the file, or in what SQLite keeps beside it.
    private func count(_ parts: Set<UInt64>, in folder: URL) throws -> Int {
        var found: Set<UInt64> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasPrefix("k.sqlite") {
            try Data(contentsOf: folder.appending(path: name)).withUnsafeBytes { bytes in
                guard bytes.count >= 8 else { return }
                for start in 0...bytes.count - 8 {
                    let part = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
                    if parts.contains(part) { found.insert(part) }
                }
            }
        }
        return found.count
    }

    private func bytes(of numbers: [Int], _ path: String, _ sql: String) throws -> [Data] {
        try DatabaseQueue(path: path).read { db in
            try numbers.compactMap { try Data.fetchOne(db, sql: sql, arguments: ["user-\($0)"]) }
        }
    }

    private func expectNothingIsLeft(_ ring: KeyRing, of keys: [Data], _ folder: URL) throws {
        let parts = parts(of: keys)
        #expect(keys.count == Self.destroyed.count && parts.count == 25 * keys.count)
        #expect(try count(parts, in: folder) == parts.count)
        for number in Self.destroyed { try ring.destroy(keyOf: subject(number)) }
        try ring.eraseJournal()
        #expect(try count(parts, in: folder) == 0)
        #expect(try ring.isDestroyed(subject(Self.destroyed[0])) && ring.key(of: subject(Self.destroyed[0])) == nil)
        let others = Set(Self.subjects).subtracting(Self.destroyed)
        #expect(try ring.count() == 4000 && ring.destroyed().count == Self.destroyed.count)
        for number in others { #expect(try ring.key(of: subject(number)) != nil) }
    }

    @Test func `leaves no part of it among thousands of others`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "k.sqlite").path
            let ring = try KeyRing(path: path)
            for start in stride(from: 0, to: 4000, by: 100) {
                _ = try ring.keys(makingThoseOf: Set(Self.subjects[start..<start + 100].map(subject)))
            }
            let sql = "SELECT k.key FROM subjects s JOIN key_slots k ON k.id = s.slot WHERE s.subject = ?"
            try expectNothingIsLeft(ring, of: bytes(of: Self.destroyed, path, sql), folder)
        }
    }

    @Test func `leaves no part of it in a file of the first version`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "k.sqlite").path
            do { _ = try KeyRing(path: path) }
            let made = try DatabaseQueue(path: path)
            try await made.write { db in
                try db.execute(
                    sql: """
                        DROP TABLE key_slots; DROP TABLE subjects;
                        CREATE TABLE keys(
                            subject TEXT PRIMARY KEY NOT NULL, key BLOB, made_at INTEGER NOT NULL, destroyed_at INTEGER
                        ) WITHOUT ROWID
                        """)
                for number in Self.subjects {
                    try db.execute(
                        sql: "INSERT INTO keys VALUES(?, ?, 1, NULL)",
                        arguments: ["user-\(number)", Data(PersonalKey.random())])
                }
            }
            try made.close()
            let keys = try bytes(of: Self.destroyed, path, "SELECT key FROM keys WHERE subject = ?")
            // Somebody who only reads it leaves it as it is.
            #expect(try KeyRing(readingFrom: path).key(of: subject(7)) != nil)
            let ring = try KeyRing(path: path)
            #expect(try await DatabaseQueue(path: path).read { try !$0.tableExists("keys") })
            try expectNothingIsLeft(ring, of: keys, folder)
        }
    }

    /// The key is gone for everybody who asks for it; that its bytes are not is said, and made good later.
    @Test func `is pending erasure as long as the journal cannot be overwritten`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            let ada = try StreamName("user-ada")
            let event = NewEvent(
                id: .new(), type: "created", occurredAt: .now(), data: Array(#"{"name":"Ada"}"#.utf8), metadata: [],
                personal: ["name"])
            _ = try await store.append(AppendRequest(stream: ada, expected: .noStream, events: [event]))
            func finish() async throws -> Bool {
                try await store.finishForgetting(ada, isPlain: { _, _ in false }, tags: { _ in [] }).report.isLogEmptied
            }
            try await store.beginForgetting(ada)
            try FileManager.default.removeItem(atPath: path("k.sqlite-journal"))
            try FileManager.default.createSymbolicLink(
                atPath: path("k.sqlite-journal"), withDestinationPath: path("elsewhere"))
            #expect(try await !finish())
            #expect(try await store.unfinishedForgettings() == [ada])
            let data = try #require(try await store.read(ada, after: .zero, limit: 1).first?.data)
            #expect(String(decoding: data, as: UTF8.self) == #"{"name":"[forgotten]"}"#)
            try FileManager.default.removeItem(atPath: path("k.sqlite-journal"))
            #expect(try await finish())
            #expect(try await store.unfinishedForgettings() == [])
        }
    }

    /// A file that is cut leaves its bytes on the disk too.
    @Test(arguments: [1, 65_536, 200_001])
    func `is overwritten in the journal before that is cut`(size: Int) async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "k.sqlite-journal")
            try Data(repeating: 7, count: size).write(to: file)
            let handle = try FileHandle(forUpdating: file)
            try KeyJournal(of: folder.appending(path: "k.sqlite").path).overwrite(handle.fileDescriptor)
            try handle.close()
            #expect(try Data(contentsOf: file) == Data(count: size))
        }
    }

    /// Nobody else can use keys while the file is written anew, and that takes longer with every key.
    @Test func `leaves the rest of the file as it is`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "k.sqlite").path
            let ring = try KeyRing(path: path)
            _ = try ring.keys(makingThoseOf: [subject(1)])
            let other = try DatabaseQueue(path: path)
            func freePages() throws -> Int {
                try other.inDatabase { try Int.fetchOne($0, sql: "PRAGMA freelist_count") ?? 0 }
            }
            try other.inDatabase { db in
                try db.execute(sql: "CREATE TABLE room(x); INSERT INTO room VALUES(zeroblob(1000000)); DROP TABLE room")
            }
            let before = try freePages()
            #expect(before > 100)
            try ring.destroy(keyOf: subject(1))
            // A file that is written anew has none.
            #expect(try freePages() == before)
        }
    }

    /// A file that is deleted as it is leaves its bytes on the disk, where nobody can reach them any more: the second name
    /// still shows them here.
    @Test(arguments: [false, true])
    func `leaves no part of it in the journal of a process that was killed`(isReadFirst: Bool) async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let ada = try subject(1)
            do { _ = try KeyRing(path: path("k.sqlite")).keys(makingThoseOf: [ada]) }
            let sql = "SELECT k.key FROM subjects s JOIN key_slots k ON k.id = s.slot WHERE s.subject = ?"
            let key = try #require(try bytes(of: [1], path("k.sqlite"), sql).first)
            try kill(path("k.sqlite"), leaving: path("killed.sqlite"))
            try FileManager.default.linkItem(atPath: path("killed.sqlite-journal"), toPath: path("second-name"))
            #expect(try Data(contentsOf: URL(filePath: path("second-name"))).range(of: key) != nil)
            if isReadFirst { #expect(try KeyRing(readingFrom: path("killed.sqlite")).key(of: ada) != nil) }
            let ring = try KeyRing(path: path("killed.sqlite"))
            #expect(try ring.key(of: ada) != nil)
            #expect(try Data(contentsOf: URL(filePath: path("second-name"))).range(of: key) == nil)
            // Others may read it beside the ring, and the ring may go on.
            #expect(try KeyRing(readingFrom: path("killed.sqlite")).key(of: ada) != nil)
            #expect(try ring.keys(makingThoseOf: [subject(2)]).count == 1)
        }
    }

    /// Copies a key file and its journal as they are in the middle of a transaction that destroys keys.
    private func kill(_ path: String, leaving copy: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.inDatabase { db in
            // The journal counts from its first page on, not only once it is flushed.
            try db.execute(sql: "PRAGMA synchronous = OFF; BEGIN IMMEDIATE; UPDATE key_slots SET key = zeroblob(32)")
            for suffix in ["", "-journal"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
            }
            try db.execute(sql: "ROLLBACK")
        }
        try database.close()
    }
}
