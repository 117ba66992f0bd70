import Daybook
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import DaybookSQLite

private typealias Tag = Daybook.Tag

@Suite struct `Tags that wait in memory` {
    private let key = TagKey(bytes: TagKey.random())

    private func tag(_ number: Int64) -> TagHash { key.hash(Tag("n", "\(number)")) }

    /// Everything that was due by and by, and up to where the index is said to have everything.
    private func fill(_ recent: inout RecentTags, _ positions: ClosedRange<Int64>) -> (Set<Position>, Position?) {
        var (written, through): (Set<Position>, Position?) = ([], nil)
        for position in positions {
            guard let due = recent.add([tag(position)], at: Position(rawValue: position)) else { continue }
            written.formUnion(due.entries.map(\.position))
            through = due.through ?? through
        }
        return (written, through)
    }

    @Test func `are written in order, a bucket at a time, and all of them after two rounds`() {
        var recent = RecentTags(after: .zero, last: .zero)
        #expect(recent.add((0..<10_000).map(tag), at: 63) == nil)
        let first = recent.add([], at: 64)?.entries.map(\.tag) ?? []
        #expect(first.count > 10 && first == first.sorted())
        let bytes = Set(first.map(\.firstByte))
        #expect(bytes == [0])
        // The first round began with nothing; the second one when the first one ended.
        let (_, through) = fill(&recent, 65...16_384)
        #expect(through == .zero)
        let (_, later) = fill(&recent, 16_385...32_768)
        #expect(later == 16_384)
        #expect(recent.complete == .zero && recent.through == 16_384)
    }

    @Test func `lose none between what is written and what is remembered`() {
        var recent = RecentTags(after: .zero, last: .zero)
        var written: Set<Position> = []
        for thousand in Int64(0)..<66 {
            written.formUnion(fill(&recent, thousand * 1000 + 1...thousand * 1000 + 1000).0)
            for position in stride(from: Int64(1), through: thousand * 1000 + 1000, by: 97) {
                let position = Position(rawValue: position)
                let isRemembered = recent.positions(of: [tag(position.rawValue)], after: .zero) == [position]
                #expect(position > recent.through || written.contains(position))
                #expect(position <= recent.complete || isRemembered)
            }
        }
        // It forgets too.
        #expect(recent.positions(of: [tag(1)], after: .zero).isEmpty)
    }

    @Test func `are all handed over when they are to settle`() {
        var recent = RecentTags(after: .zero, last: .zero)
        let (written, _) = fill(&recent, 1...5000)
        let due = recent.settle()
        #expect(written.union(due.entries.map(\.position)).count == 5000)
        #expect(due.through == 5000 && recent.complete == 5000)
        #expect(recent.settle().entries.isEmpty)
    }
}

@Suite struct `An index of tags` {
    private func append(_ store: SQLiteEventStore, _ numbers: some Collection<Int>) async throws {
        let numbers = Array(numbers)
        for start in stride(from: 0, to: numbers.count, by: 500) {
            let events = numbers[start..<min(start + 500, numbers.count)].map { number in
                NewEvent(
                    id: .new(), type: number % 3 == 0 ? "third" : "other", occurredAt: .now(), data: Array("{}".utf8),
                    metadata: [], tags: number % 10 == 0 ? [] : tags(number))
            }
            _ = try await store.append(
                AppendRequest(stream: try StreamName("thing-\(start / 500 % 7)"), expected: .any, events: events))
        }
    }

    private func tags(_ number: Int) -> [Tag] {
        [Tag("hundred", "\(number % 100)"), Tag("thousand", "\(number % 1000)")]
    }

    /// What a query must find among the first events, which were numbered from 0.
    private func expected(_ hundred: Int, _ thousand: Int?, _ count: Int, thirds: Bool = false) -> [Position] {
        var positions: [Position] = []
        for number in 0..<count where number % 10 != 0 && number % 100 == hundred {
            if let thousand, number % 1000 != thousand { continue }
            if thirds && number % 3 != 0 { continue }
            positions.append(Position(rawValue: Int64(number) + 1))
        }
        return positions
    }

    private func query(_ hundred: Int, _ thousand: Int? = nil, types: Set<String> = []) -> EventQuery {
        let tags = [Tag("hundred", "\(hundred)")] + (thousand.map { [Tag("thousand", "\($0)")] } ?? [])
        return EventQuery(.init(category: "thing", types: types, tags: tags))
    }

    private func check(_ store: SQLiteEventStore, _ count: Int) async throws {
        for hundred in [1, 42, 99] {
            let found = try await store.read(query(hundred), after: .zero, limit: .max).map(\.position)
            #expect(found == expected(hundred, nil, count))
            let both = try await store.read(query(hundred, 500 + hundred), after: 100, limit: .max).map(\.position)
            #expect(both == expected(hundred, 500 + hundred, count).filter { $0 > 100 })
            let thirds = try await store.read(query(hundred, types: ["third"]), after: .zero, limit: 20)
            #expect(thirds.map(\.position) == Array(expected(hundred, nil, count, thirds: true).prefix(20)))
        }
        #expect(try await store.read(query(10), after: .zero, limit: .max).isEmpty)
    }

    private func table(_ store: SQLiteEventStore) async throws -> Int {
        try await store.readers.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM event_tags") ?? 0 }
    }

    @Test func `finds what is on the disk and what waits, after a restart and in an older snapshot too`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            do {
                let store = try SQLiteEventStore(path: path)
                try await append(store, 0..<9000)
                try await check(store, 9000)
                #expect(try await table(store) < 2 * 8100)
            }
            let store = try SQLiteEventStore(path: path)
            try await check(store, 9000)
            let older = try store.pool.makeSnapshot()
            try await append(store, 9000..<60_000)
            try await check(store, 60_000)
            // What memory has forgotten since.
            let seen = try await older.read { [tags = store.tags] in
                try tags.positions(of: query(42), after: .zero, limit: .max, in: $0)
            }
            #expect(seen == expected(42, nil, 9000))
        }
    }

    /// A reader that goes on after the last event that it was shown must not have been shown a part of a commit.
    @Test func `shows a commit whole or not at all`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            let query = EventQuery.tagged(Tag("show", "1"), in: "thing")
            let isWritten = Mutex(false)
            let reading = Task {
                var seen: [Position] = []
                var isAll = false
                repeat {
                    let isEnd = isWritten.withLock { $0 }
                    let page = try await store.read(query, after: seen.last ?? .zero, limit: 1000)
                    seen += page.map(\.position)
                    isAll = isEnd && page.isEmpty
                } while !isAll
                return seen
            }
            defer { isWritten.withLock { $0 = true } }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for caller in 0..<20 {
                    tasks.addTask {
                        for _ in 0..<300 {
                            let event = NewEvent(
                                id: .new(), type: "t", occurredAt: .now(), data: Array("{}".utf8), metadata: [],
                                tags: [Tag("show", "1")])
                            let stream = try StreamName("thing-\(caller)")
                            _ = try await store.append(AppendRequest(stream: stream, expected: .any, events: [event]))
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            isWritten.withLock { $0 = true }
            #expect(try await reading.value == (1...6000).map { Position(rawValue: $0) })
        }
    }

    @Test func `is right after a transaction that failed`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            try await append(store, 0..<100)
            try await store.pool.write { db in
                try db.execute(
                    sql: """
                        CREATE TEMP TRIGGER fail BEFORE INSERT ON main.events WHEN NEW.position = 300
                        BEGIN SELECT RAISE(ABORT, 'not now'); END
                        """)
            }
            await #expect(throws: AppendError.self) { try await append(store, 100..<400) }
            try await check(store, 100)
            try await store.pool.write { try $0.execute(sql: "DROP TRIGGER fail") }
            // Other tags stand at those positions now.
            let numbers = 100..<400
            try await append(store, numbers.map { $0 + 7 })
            let positions = numbers.filter { ($0 + 7) % 100 == 42 && ($0 + 7) % 10 != 0 }
            let found = try await store.read(query(42), after: 100, limit: .max).map(\.position)
            #expect(found == positions.map { Position(rawValue: Int64($0) + 1) })
        }
    }

    @Test func `lets a condition see what waits, and what was appended before it at once`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            let won = try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<50 {
                    let event = NewEvent(
                        id: .new(), type: "taken", occurredAt: .now(), data: Array("{}".utf8), metadata: [],
                        tags: [Tag("seat", "A1")])
                    let request = AppendRequest(
                        stream: try StreamName("seat-\(number)"), expected: .any, events: [event],
                        conditions: [AppendCondition(no: .tagged(Tag("seat", "A1"), in: "seat"), after: .zero)])
                    tasks.addTask {
                        do {
                            _ = try await store.append(request)
                            return true
                        } catch AppendError.conditionFailed(1) { return false }
                    }
                }
                return try await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
        }
    }

    @Test func `loses a stream's tags that wait, for good`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let query = query(42)
            do {
                let store = try SQLiteEventStore(path: path)
                try await append(store, 0..<500)
                try await append(store, 500..<600)
                let stream = try StreamName("thing-0")
                try await store.commits.perform { [tags = store.tags] db in
                    try tags.settle(stream, in: db)
                    try TagIndex.remove(TagIndex.entries(of: stream, in: db), in: db)
                }
                // The first 500 and the last 100 were both appended to it.
                #expect(try await store.read(query, after: .zero, limit: .max).isEmpty)
                try await append(store, 600..<700)
            }
            let found = try await SQLiteEventStore(path: path).read(query, after: .zero, limit: .max)
            #expect(found.map(\.position) == [643])
        }
    }

    @Test func `says of a store from before it, and of an imported one, that nothing waits`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let fixture = repository.appending(path: "Tests/Fixtures/users-first-schema.sqlite").path
            try FileManager.default.copyItem(atPath: fixture, toPath: path("s.sqlite"))
            let head = try await SQLiteEventStore(path: path("s.sqlite")).head()
            #expect(try StoreFile(path("s.sqlite")).read { try TagIndex.through(in: $0) } == head)
            try Data().write(to: folder.appending(path: "export"))
            let output = try #require(FileHandle(forWritingAtPath: path("export")))
            try StoreExport(path: path("s.sqlite")).whole { try output.write(contentsOf: $0) }
            let input = try #require(FileHandle(forReadingAtPath: path("export")))
            _ = try StoreImport(to: path("imported.sqlite")).run(from: input)
            #expect(try StoreFile(path("imported.sqlite")).read { try TagIndex.through(in: $0) } == head)
        }
    }

    /// Each tag by itself would be a page more, as its place is random.
    @Test func `costs less than a page for two tags of an event`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let store = try SQLiteEventStore(path: path)
            try await append(store, 0..<20_000)
            func frames(_ numbers: [Int]) async throws -> Double {
                _ = try await store.pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                for number in numbers { try await append(store, [number]) }
                let size = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0
                return Double(size - 32) / (4096 + 24) / Double(numbers.count)
            }
            let tagged = try await frames((1...200).map { $0 * 10 + 1 })
            let untagged = try await frames((1...200).map { $0 * 10 })
            #expect(tagged < untagged + 1)
        }
    }
}
