import Daybook
import GRDB
import Testing

@testable import DaybookSQLite

@Suite struct `A page of parked events` {
    private func withParked(_ body: (Database) throws -> Void) throws {
        let queue = try DatabaseQueue()
        try queue.write { db in
            try db.execute(sql: ParkedEvents.tables)
            try body(db)
        }
    }

    private func park(
        _ stream: String, _ partition: Int, _ offset: Int64, of source: Source = "writer", isFirst: Bool = true,
        bytes: Int = 2, in db: Database
    ) throws {
        let place = LogPlace(partition: Partition(partition), offset: Offset(rawValue: offset))
        let entry = LogEntry(
            place: place, id: IntegrationEventID(event: .new()), type: "user.created", schemaVersion: 1,
            stream: StreamName(stored: stream), streamVersion: 1, occurredAt: .now(), recordedAt: .now(),
            data: [UInt8](repeating: UInt8(ascii: " "), count: bytes)[...], metadata: [], hash: .genesis,
            previousHash: .genesis)
        try ParkedEvents.park(entry, of: source, reason: isFirst ? "it cannot be" : nil, in: db)
    }

    /// All of them, page by page; each page has at least one, and as many as wanted unless it is the last.
    private func all(_ selection: ParkedSelection, in db: Database) throws -> [ParkedEvent] {
        var selection = selection
        var events: [ParkedEvent] = []
        repeat {
            let page = try ParkedEvents.page(selection, in: db)
            #expect(page.next == nil || page.parked.count == selection.limit)
            #expect(!page.parked.isEmpty || events.isEmpty)
            events += page.parked
            let last = page.parked.last.map { "\($0.source)/\($0.partition)/\($0.offset)" }
            #expect(page.next == nil || page.next?.description == last)
            // As it goes out and comes back.
            selection.after = try page.next.map { try #require(ParkedPlace("\($0)")) }
        } while selection.after != nil
        return events
    }

    @Test(arguments: [1, 2, 3, 5, 6, 7]) func `goes on where the one before ended, up to the last`(limit: Int) throws {
        try withParked { db in
            for offset in 1...3 { try park("user-\(offset)", 2, Int64(offset), of: "a/b", in: db) }
            for offset in 1...3 { try park("user-\(offset)", offset, 10, of: "a", in: db) }
            try park("user-1", 2, 4, of: "a/b", isFirst: false, in: db)
            let first = try all(ParkedSelection(limit: limit), in: db)
            #expect(first.map(\.source) == ["a", "a", "a", "a/b", "a/b", "a/b"])
            #expect(first.map(\.offset) == [10, 10, 10, 1, 2, 3] && first.map(\.waiting) == [0, 0, 0, 1, 0, 0])
            let whole = try all(ParkedSelection(includesWaiting: true, limit: limit), in: db)
            #expect(whole.map(\.offset) == [10, 10, 10, 1, 2, 3, 4])
            let named = try all(ParkedSelection(stream: "user-1", limit: limit), in: db)
            #expect(named.map(\.source) == ["a", "a/b"])
            let one = try all(
                ParkedSelection(source: "a/b", stream: "user-1", includesWaiting: true, limit: limit), in: db)
            #expect(one.map(\.offset) == [1, 4])
            #expect(try all(ParkedSelection(stream: "user-9", limit: limit), in: db).isEmpty)
        }
    }

    @Test func `ends after a mebibyte of data`() throws {
        try withParked { db in
            for offset in 1...5 { try park("user-\(offset)", 0, Int64(offset), bytes: 600 << 10, in: db) }
            let page = try ParkedEvents.page(ParkedSelection(), in: db)
            #expect(page.parked.count == 2 && page.next?.description == "writer/0/2")
        }
    }

    @Test func `is no longer where a hundred thousand are parked`() throws {
        try withParked { db in
            try db.execute(
                sql: """
                    INSERT INTO parked_events
                    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
                    SELECT 'writer', n % 8, n, 'user-' || n, 'e' || n, 'user.created', 1, 1, 0, 0, x'7b7d', x'7b7d', x'',
                        x'', 'it cannot be', 0
                    FROM numbers
                    """)
            let first = try ParkedEvents.page(ParkedSelection(limit: 1000), in: db)
            #expect(first.parked.count == 1000 && first.next?.description == "writer/0/8000")
            let last = try ParkedEvents.page(
                ParkedSelection(after: ParkedPlace("writer/7/91999"), limit: 1000), in: db)
            #expect(last.parked.count == 1000 && last.parked.last?.offset == 99_999 && last.next == nil)
            let one = try ParkedEvents.page(ParkedSelection(stream: "user-77777", includesWaiting: true), in: db)
            #expect(one.parked.map(\.offset) == [77_777] && one.next == nil)
        }
    }

    @Test(arguments: ["", "writer", "writer/1", "writer/1/0", "writer/-1/4", "writer/x/4", "/1/4", "writer/100/4"])
    func `begins at no place that is none`(text: String) {
        #expect(ParkedPlace(text) == nil)
    }
}
