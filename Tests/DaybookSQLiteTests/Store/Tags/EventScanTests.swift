import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

private typealias Tag = Daybook.Tag

@Suite struct `A search for events` {
    private func append(_ store: SQLiteEventStore, _ numbers: Range<Int>) async throws {
        for stream in 0..<3 {
            let events = numbers.map { number in
                NewEvent(
                    id: .new(), type: number % 3 == 0 ? "third" : "other", occurredAt: .now(), data: Array("{}".utf8),
                    metadata: [], tags: [Tag("stream", "\(stream)"), Tag("ten", "\(number % 10)")])
            }
            let name = try StreamName("\(stream == 0 ? "rare" : "thing")-\(stream)")
            _ = try await store.append(AppendRequest(stream: name, expected: .any, events: events))
        }
    }

    private func withStore(_ body: (SQLiteEventStore) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            try await append(store, 0..<100)
            // From here on the tags wait in memory.
            try await store.commits.perform { [tags = store.tags] in try tags.settle(in: $0) }
            try await append(store, 100..<150)
            try await body(store)
        }
    }

    /// All that a search finds, step by step.
    private func search(
        _ store: SQLiteEventStore, _ query: EventQuery, in range: EventRange, limit: Int, maximumLooks: Int
    ) async throws -> (positions: [Position], steps: Int) {
        var positions: [Position] = []
        var range = range
        for step in 1... {
            let found = try await store.find(query, in: range, limit: limit, maximumLooks: maximumLooks)
            #expect(found.isComplete || found.end != range.start)
            switch range {
            case .after:
                positions += found.positions
                range = .after(found.end)
            case .before:
                positions = found.positions + positions
                range = .before(found.end)
            }
            if found.isComplete || step > 1000 { return (positions, step) }
        }
        return (positions, 0)
    }

    @Test(arguments: [
        EventQuery.Criterion(tags: [Tag("ten", "4")]), .init(tags: [Tag("ten", "4"), Tag("stream", "1")]),
        .init(category: "rare", tags: [Tag("ten", "4")]), .init(types: ["third"], tags: [Tag("ten", "3")]),
        .init(types: ["third"]), .init(category: "rare", types: ["third", "other"]), .init(category: "rare"),
        .init(types: ["nothing"]), .init(tags: [Tag("ten", "11")]), .init(),
    ])
    func `finds what is on the disk and what waits, in both directions`(criterion: EventQuery.Criterion) async throws {
        try await withStore { store in
            let query = EventQuery(criterion)
            let all = try await store.read(query, after: .zero, limit: 1000).map(\.position)
            for (limit, maximumLooks) in [(1000, 10_000), (7, 30), (1000, 9)] {
                for range in [EventRange.after(.zero), .before(451)] {
                    let found = try await search(store, query, in: range, limit: limit, maximumLooks: maximumLooks)
                    #expect(found.positions == all)
                }
            }
            let earlier = try await search(store, query, in: .before(320), limit: 50, maximumLooks: 50)
            #expect(earlier.positions == all.filter { $0 < 320 })
        }
    }

    @Test func `looks at no more events than it may`() async throws {
        try await withStore { store in
            let queries: [(query: EventQuery, looks: Int)] = [
                (EventQuery(.init(category: "nobody")), 450),
                (EventQuery(.init(category: "nobody", tags: [Tag("stream", "1")])), 150),
                // What waits in memory is found by all its tags at once.
                (EventQuery(.init(tags: [Tag("stream", "1"), Tag("ten", "11")])), 100),
                (EventQuery(.init(category: "nobody", types: ["other"])), 300),
            ]
            for (query, looks) in queries {
                for range in [EventRange.after(.zero), .before(451)] {
                    let found = try await search(store, query, in: range, limit: 10, maximumLooks: 50)
                    #expect(found.positions.isEmpty && found.steps == (looks + 49) / 50, "\(query)")
                }
            }
        }
    }

    /// Whatever is sorted is read whole before.
    @Test func `is led through an index in order`() async throws {
        try await withStore { store in
            let leads: [EventScan.Lead] = [.tag(store.tags.key.hash(Tag("ten", "4"))), .type("third"), .everything]
            try await store.pool.read { db in
                for lead in leads {
                    for isBackward in [false, true] {
                        let sql = EventScan.sql(lead, isBackward: isBackward)
                        let count = sql.count { $0 == "?" }
                        let arguments = StatementArguments(Array(repeating: 1, count: count))
                        let plan = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments)
                            .map { $0["detail"] as String }
                        #expect(plan[0].hasPrefix("SEARCH") && !plan.joined().contains("B-TREE"), "\(plan)")
                    }
                }
            }
        }
    }
}
