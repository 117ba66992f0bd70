import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `The end of the log in memory` {
    /// Runs `body` with a store that has events of all kinds, some of them sealed, and with a reader of its file.
    private func withStoreAndFile(_ body: (SQLiteEventStore, StoreLog) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            try await appendMoves(store, 0..<60)
            for number in 0..<20 { try await arrive("guest-\(number % 8)", store) }
            try await body(store, StoreLog(path: path("s.sqlite"), keys: path("k.sqlite")))
        }
    }

    private func arrive(_ guest: String, _ store: SQLiteEventStore, events: Int = 1) async throws {
        let data = Array(#"{"name":"Ada","room":7}"#.utf8)
        let event = {
            NewEvent(
                id: .new(), type: "arrived", occurredAt: .now(), data: data, metadata: Array("{}".utf8),
                published: [.init(type: "guest.arrived", schemaVersion: 2, data: data, personal: ["name"])],
                personal: ["name"])
        }
        _ = try await store.append(
            AppendRequest(stream: StreamName(guest), expected: .any, events: (0..<events).map { _ in event() }))
    }

    /// Compares all that can be asked of two logs.
    private func expectSame(_ store: SQLiteEventStore, _ file: StoreLog) async throws {
        for partition in Partition.all(9) {
            for offset in 0...(try await file.slice(partition, after: 0, limit: 0, maximumBytes: 0).head.rawValue + 1) {
                for (limit, bytes) in [(1000, 1 << 20), (1000, 700), (2, 1 << 20), (0, 1), (-1, 1)] {
                    let after = Offset(rawValue: offset)
                    let slice = try await store.slice(partition, after: after, limit: limit, maximumBytes: bytes)
                    let stored = try await file.slice(partition, after: after, limit: limit, maximumBytes: bytes)
                    #expect(slice == stored)
                }
            }
        }
    }

    @Test func `is what the file has, to the byte`() async throws {
        try await withStoreAndFile { store, file in
            let tail = store.commits.logTail
            for (partition, head) in zip(Partition.all(8), try await file.heads()) where head > 1 {
                #expect(tail.entries(of: partition, after: 1)?.entries.last?.offset == head)
            }
            try await expectSame(store, file)
        }
    }

    /// A copy for each event would cost a fifth of all that an append does.
    @Test func `grows where it is in memory`() async throws {
        try await withStoreAndFile { store, _ in
            let partition = Partition.of(try StreamName("guest-1"), among: 8)
            let head = try await store.heads()[partition.index]
            var places: Set<UnsafePointer<LogEntry>?> = []
            for _ in 0..<40 {
                try await arrive("guest-1", store)
                places.insert(store.commits.logTail.entries(of: partition, after: head)?.entries.base)
            }
            #expect(places.count < 10 && !places.contains(nil))
        }
    }

    @Test func `is what the file has when one of those who share a commit cannot be stored`() async throws {
        try await withStoreAndFile { store, file in
            try await store.pool.write { db in
                try db.execute(
                    sql: """
                        CREATE TEMP TRIGGER surprise BEFORE INSERT ON main.streams WHEN NEW.name = 'guest-bad'
                        BEGIN SELECT RAISE(ABORT, 'surprise'); END
                        """)
            }
            let failures = await withTaskGroup(of: Int.self) { tasks in
                for number in 0..<60 {
                    tasks.addTask {
                        do {
                            try await arrive(number % 20 == 7 ? "guest-bad" : "guest-\(number % 8)", store)
                            return 0
                        } catch { return 1 }
                    }
                }
                return await tasks.reduce(0, +)
            }
            #expect(failures == 3)
            try await expectSame(store, file)
        }
    }

    @Test func `shows nothing personal of a subject that was forgotten since`() async throws {
        try await withStoreAndFile { store, file in
            try await store.beginForgetting(StreamName("guest-3"))
            try await expectSame(store, file)
        }
    }

    @Test func `is begun anew after a commit of many events`() async throws {
        try await withStoreAndFile { store, file in
            try await arrive("guest-1", store, events: 200)
            let partition = Partition.of(try StreamName("guest-1"), among: 8)
            let head = try await file.heads()[partition.index]
            #expect(store.commits.logTail.entries(of: partition, after: head) == nil)
            try await arrive("guest-1", store)
            try await arrive("guest-1", store)
            #expect(store.commits.logTail.entries(of: partition, after: head.next)?.entries.count == 1)
            try await expectSame(store, file)
        }
    }

    @Test func `is of a bounded length`() async throws {
        try await withStoreAndFile { store, file in
            for _ in 0..<300 { try await arrive("guest-1", store) }
            let partition = Partition.of(try StreamName("guest-1"), among: 8)
            let head = try await file.heads()[partition.index]
            #expect(store.commits.logTail.entries(of: partition, after: head + -64)?.entries.count == 64)
            #expect(store.commits.logTail.entries(of: partition, after: head + -128) == nil)
            try await expectSame(store, file)
        }
    }

    private func entry(_ offset: Offset, bytes: Int = 0) -> LogEntry {
        LogEntry(
            place: LogPlace(partition: Partition(0), offset: offset),
            id: IntegrationEventID(event: .new(), ordinal: 0), type: "user.moved", schemaVersion: 1,
            stream: StreamName(stored: "user-1"), streamVersion: 1, occurredAt: .now(), recordedAt: .now(),
            data: ArraySlice(repeating: 0, count: bytes), metadata: [], hash: .genesis, previousHash: .genesis)
    }

    private func advance(_ tail: inout LogTail, by entry: LogEntry) {
        var additions = LogTail.Additions()
        additions.add(entry)
        tail.advance(to: [entry.offset], by: additions)
    }

    @Test func `forgets what does not join`() {
        var tail = LogTail(partitionCount: 1)
        let last = entry(4)
        for entry in [entry(1), entry(2), last] { advance(&tail, by: entry) }
        #expect(tail.entries(of: Partition(0), after: 2) == nil)
        #expect(tail.entries(of: Partition(0), after: 4)?.anchor == last.anchor)
        #expect(tail.entries(of: Partition(1), after: 4) == nil)
    }

    @Test func `is begun anew before it gets big`() {
        var tail = LogTail(partitionCount: 1)
        for offset in 1...6 { advance(&tail, by: entry(Offset(rawValue: Int64(offset)), bytes: 1_000_000)) }
        #expect(tail.entries(of: Partition(0), after: 4) == nil)
        #expect(tail.entries(of: Partition(0), after: 5)?.entries.count == 1)
        advance(&tail, by: entry(7, bytes: 5_000_000))
        #expect(tail.heads == [7])
        #expect(tail.entries(of: Partition(0), after: 6) == nil)
    }
}

extension ArraySlice {
    fileprivate var base: UnsafePointer<Element>? { withUnsafeBufferPointer(\.baseAddress) }
}
