import Daybook

/// Finding events, and reading what was found.
extension EventStoreContract {
    func findsAcrossStreams() async throws {
        let (red, big) = (Tag("colour", "red"), Tag("size", "big"))
        try await store.append(to: "thing-1", [event("made", tags: [red]), event("painted", tags: [red, big])])
        try await store.append(to: "other-1", [event("made", tags: [big, big]), event("made")])
        try await store.append(to: "thing-2", [event("made", tags: [red])])
        func find(_ criteria: EventQuery.Criterion..., after position: Position = .zero) async throws -> [Int64] {
            var query = EventQuery()
            query.criteria = criteria
            return try await store.read(query, after: position, limit: 10).map(\.position.rawValue)
        }
        try expect(try await find(.init(tags: [red])), [1, 2, 5])
        try expect(try await find(.init(tags: [red]), after: 1), [2, 5])
        try expect(try await find(.init(tags: [red, big])), [2])
        try expect(try await find(.init(category: "other", tags: [big])), [3])
        try expect(try await find(.init(types: ["made"])), [1, 3, 4, 5])
        try expect(try await find(.init(category: "thing", types: ["made", "painted"])), [1, 2, 5])
        try expect(try await find(.init(types: ["painted"], tags: [red])), [2])
        try expect(try await find(.init(types: ["painted"]), .init(category: "other", tags: [big])), [2, 3])
        try expect(try await find(.init(tags: [Tag("colour", "blue")])), [])
        try await store.append(to: "thing-4", [event(tags: [Tag("name", "Jos\u{e9}")])])
        try expect(try await find(.init(tags: [Tag("name", "Jose\u{301}")])), [6])
        try expect(try await store.read(.tagged(red, in: "thing"), after: .zero, limit: 2).count, 2)
    }

    func searchesInBothDirections() async throws {
        let (red, big) = (Tag("colour", "red"), Tag("size", "big"))
        for number in 0..<30 {
            let tags = number % 5 == 0 ? [red] : number % 2 == 0 ? [big, red] : []
            let event = event(number % 3 == 0 ? "made" : "painted", tags: tags)
            try await store.append(to: "\(number % 4 == 0 ? "other" : "thing")-\(number % 7)", [event])
        }
        let queries = [
            EventQuery(.init()), EventQuery(.init(category: "other")), EventQuery(.init(types: ["made", "painted"])),
            EventQuery(.init(category: "thing", types: ["made"], tags: [red])), EventQuery(.init(tags: [big, red])),
            EventQuery(.init(tags: [Tag("colour", "blue")])),
            EventQuery(.init(types: ["made"]), .init(category: "other", tags: [red])),
        ]
        for query in queries {
            let all = try await store.read(query, after: .zero, limit: 100).map(\.position)
            for (limit, maximumLooks) in [(1, 1), (2, 5), (100, 3), (100, 1000)] {
                for range in [EventRange.after(.zero), .before(31), .before(.init(rawValue: .max))] {
                    try expect(try await search(query, in: range, limit: limit, maximumLooks: maximumLooks), all)
                }
            }
            try expect(try await search(query, in: .after(7), limit: 3, maximumLooks: 100), all.filter { $0 > 7 })
            try expect(try await search(query, in: .before(23), limit: 3, maximumLooks: 100), all.filter { $0 < 23 })
        }
    }

    /// Goes on with a search until it is complete.
    private func search(
        _ query: EventQuery, in range: EventRange, limit: Int, maximumLooks: Int
    ) async throws -> [Position] {
        var range = range
        var positions: [Position] = []
        while true {
            let found = try await store.find(query, in: range, limit: limit, maximumLooks: maximumLooks)
            try expect(found.positions.count <= limit, true)
            if !found.isComplete { try expect(found.end == range.start, false) }
            switch range {
            case .after:
                positions += found.positions
                range = .after(found.end)
            case .before:
                positions = found.positions + positions
                range = .before(found.end)
            }
            if found.isComplete { return positions }
        }
    }

    func readsByPosition() async throws {
        for number in 0..<6 { try await store.append(to: "thing-\(number % 2)", [event()]) }
        let all = try await store.read(after: .zero, limit: 10)
        try expect(try await store.read(at: [5, 2, 2, 7, 0]), [all[4], all[1], all[1]])
        try expect(try await store.version(of: StreamName("thing-1")), 3)
        try expect(try await store.version(of: StreamName("thing-2")), .zero)
        let everything = EventQuery(.init())
        let later = try await store.find(everything, in: .after(4), limit: 10, maximumLooks: 10)
        try expect(later, FoundEvents(positions: [5, 6], end: 6, isComplete: true))
        let earlier = try await store.find(everything, in: .before(5), limit: 2, maximumLooks: 10)
        try expect(earlier, FoundEvents(positions: [3, 4], end: 3, isComplete: false))
        let none = try await store.find(everything, in: .after(9), limit: 10, maximumLooks: 10)
        try expect(none, FoundEvents(positions: [], end: 9, isComplete: true))
    }
}
