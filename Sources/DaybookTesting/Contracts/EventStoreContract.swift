import Daybook
import Synchronization

/// The contract of every store of events.
struct EventStoreContract: PortContract {
    let store: any EventStore & IntegrationLog

    static var rules: [Rule] {
        [
            ("what no message could carry is not stored", { try await $0.refusesTheUnsendable() }),
            ("versions, positions and offsets count without gaps", { try await $0.countsWithoutGaps() }),
            ("expected versions are checked", { try await $0.checksExpectedVersions() }),
            ("an append is stored whole or not at all", { try await $0.storesWholeOrNothing() }),
            ("the same event ids give the first answer", { try await $0.repeatsByEventID() }),
            ("the same key gives the first answer", { try await $0.repeatsByKey() }),
            ("appends that belong together are made all or none", { try await $0.appendsTogether() }),
            ("events are found by tag and type across streams", { try await $0.findsAcrossStreams() }),
            ("a search goes on where it has ended, in both directions", { try await $0.searchesInBothDirections() }),
            ("events are read by their positions, and streams have a version", { try await $0.readsByPosition() }),
            ("an append is refused when what must not happen has happened", { try await $0.checksConditions() }),
            ("one of many concurrent writers wins under a condition", { try await $0.admitsOneUnderACondition() }),
            ("one of many concurrent writers wins", { try await $0.admitsOneOfMany() }),
        ]
    }

    func refusesTheUnsendable() async throws {
        func oversized(_ change: (inout NewEvent) -> Void) -> NewEvent {
            var event = event()
            change(&event)
            return event
        }
        let unsendable = [
            oversized { $0.published[0].type = String(repeating: "t", count: MessageLimits.type + 1) },
            oversized { $0.published[0].data = [UInt8](repeating: 32, count: MessageLimits.data + 1) },
            oversized { $0.metadata = [UInt8](repeating: 32, count: MessageLimits.metadata + 1) },
        ]
        for event in unsendable {
            do {
                try await store.append(to: "thing-1", [self.event(), event])
                throw Mismatch(expected: "a refusal", found: "success")
            } catch AppendError.unsendable {}
        }
        try expect(try await store.head(), .zero)
        // What is told to nobody may be larger.
        let untold = oversized { ($0.published, $0.metadata) = ([], unsendable[2].metadata) }
        try await store.append(to: "thing-1", [untold])
    }

    func countsWithoutGaps() async throws {
        for index in 0..<40 {
            try await store.append(to: "thing-\(index % 5)", [event(published: index % 3), event()])
        }
        let all = try await store.read(after: .zero, limit: 1000)
        try expect(all.map(\.position.rawValue), Array(1...80))
        let stream = try await store.read(StreamName("thing-3"), after: 2, limit: 1000)
        try expect(stream.map(\.version.rawValue), Array(3...16))
        try expect(stream, all.filter { $0.stream.description == "thing-3" && $0.version > 2 })
        let replayed = Mutex<[String]>([])
        try await store.replay(StreamName("thing-3"), after: 2) { event in
            let line = "\(event.version) \(event.type) \(event.schemaVersion) \(Array(event.data))"
            replayed.withLock { $0.append(line) }
        }
        let read = stream.map { "\($0.version) \($0.type) \($0.schemaVersion) \($0.data)" }
        try expect(replayed.withLock { $0 }, read)
        for partition in Partition.all(store.partitionCount) {
            let slice = try await store.slice(partition, after: .zero, limit: 1000, maximumBytes: .max)
            try expect(slice.entries.map(\.offset.rawValue), Array(1..<(slice.entries.count + 1)).map(Int64.init))
            try expect(slice.entries.allSatisfy { .of($0.stream, among: store.partitionCount) == partition }, true)
        }
        try expect(zip(all, all.dropFirst()).allSatisfy { $0.recordedAt <= $1.recordedAt }, true)
    }

    func checksExpectedVersions() async throws {
        let stream = try StreamName("thing-1")
        try await expectFailure(.conflict(stream, expected: .streamExists, actual: 0)) {
            try await store.append(to: "thing-1", [event()], expecting: .streamExists)
        }
        try await store.append(to: "thing-1", [event(), event()], expecting: .noStream)
        try await expectFailure(.conflict(stream, expected: .noStream, actual: 2)) {
            try await store.append(to: "thing-1", [event()], expecting: .noStream)
        }
        try await expectFailure(.conflict(stream, expected: .exactly(1), actual: 2)) {
            try await store.append(to: "thing-1", [event()], expecting: .exactly(1))
        }
        try expect(try await store.append(to: "thing-1", [event()], expecting: .exactly(2)).version, 3)
    }

    func storesWholeOrNothing() async throws {
        let known = event()
        try await store.append(to: "thing-1", [known])
        try await expectFailure(.eventIDReused(known.id)) { try await store.append(to: "thing-2", [event(), known]) }
        try await expectFailure(.eventIDReused(known.id)) { try await store.append(to: "thing-2", [known]) }
        try await expectFailure(.eventIDReused(known.id)) { try await store.append(to: "thing-1", [known, event()]) }
        let twice = event()
        try await expectFailure(.eventIDReused(twice.id)) {
            try await store.append(to: "thing-2", [twice, event(), twice])
        }
        try await expectFailure(.eventIDReused(twice.id)) {
            _ = try await store.append(
                ["thing-1", "thing-2"].map {
                    AppendRequest(stream: try StreamName($0), expected: .any, events: [twice])
                })
        }
        try expect(try await store.read(StreamName("thing-2"), after: .zero, limit: 10).count, 0)
        try expect(try await store.append(to: "thing-3", [event()]).position, 2)
    }

    func repeatsByEventID() async throws {
        let events = [event(), event(published: 2)]
        let first = try await store.append(to: "thing-1", events, expecting: .noStream)
        try await store.append(to: "thing-1", [event()])
        var again = try await store.append(to: "thing-1", events, expecting: .noStream)
        try expect(again.isRepeated, true)
        again.isRepeated = false
        try expect(again, first)
        try expect(try await store.head(), 3)
    }

    func repeatsByKey() async throws {
        let record = IdempotencyRecord(actor: "a", route: "r", key: "k", requestHash: [1])
        let first = try await store.append(to: "thing-1", [event()], expecting: .noStream, idempotency: record)
        var again = try await store.append(to: "thing-1", [event()], expecting: .noStream, idempotency: record)
        try expect(again.isRepeated, true)
        again.isRepeated = false
        try expect(again, first)
        let other = IdempotencyRecord(actor: "a", route: "r", key: "k", requestHash: [2])
        try await expectFailure(.keyReused) { try await store.append(to: "thing-1", [event()], idempotency: other) }
        let refused = IdempotencyRecord(actor: "b", route: "r", key: "k", requestHash: [1])
        let refusal = Refusal(code: "no", message: "no")
        let request = AppendRequest(
            stream: try StreamName("thing-1"), expected: .any, events: [], idempotency: refused, refusal: refusal)
        _ = try await store.append(request)
        try expect(try await store.answer(to: refused)?.refusal, refusal)
        try expect(try await store.head(), 1)
    }

    func appendsTogether() async throws {
        let (one, two) = (try StreamName("thing-1"), try StreamName("other-2"))
        let first = [
            AppendRequest(stream: one, expected: .noStream, events: [event(), event()]),
            AppendRequest(stream: two, expected: .noStream, events: [event()]),
        ]
        let answers = try await store.append(first)
        try expect(answers.map(\.version), [2, 1])
        try expect(answers.map(\.position), [2, 3])
        let again = try await store.append(first)
        try expect(again.map(\.isRepeated), [true, true])
        try await expectFailure(.conflict(two, expected: .noStream, actual: 1)) {
            _ = try await store.append([
                AppendRequest(stream: one, expected: .exactly(2), events: [event()]),
                AppendRequest(stream: two, expected: .noStream, events: [event()]),
            ])
        }
        try await expectFailure(.inconsistent(one)) {
            _ = try await store.append([
                AppendRequest(stream: one, expected: .any, events: [event()]),
                AppendRequest(stream: one, expected: .any, events: [event()]),
            ])
        }
        try await expectFailure(.inconsistent(one)) {
            _ = try await store.append([first[0], AppendRequest(stream: two, expected: .any, events: [event()])])
        }
        let red = Tag("colour", "red")
        try await expectFailure(.inconsistent(two)) {
            _ = try await store.append([
                AppendRequest(stream: one, expected: .any, events: [event(tags: [red])]),
                AppendRequest(
                    stream: two, expected: .any, events: [event()],
                    conditions: [AppendCondition(no: .tagged(red, in: "thing"), after: .zero)]),
            ])
        }
        try expect(try await store.head(), 3)
    }

    func checksConditions() async throws {
        let red = Tag("colour", "red")
        let isRed = EventQuery.tagged(red, in: "thing")
        try await store.append(to: "thing-1", [event(tags: [red])], unless: isRed)
        try await expectFailure(.conditionFailed(1)) {
            try await store.append(to: "thing-2", [event(tags: [red])], unless: isRed)
        }
        try await store.append(to: "thing-2", [event(tags: [red])], unless: isRed, after: 1)
        try await store.append(to: "thing-3", [event(tags: [red])], unless: .tagged(red, in: "other"))
        try await expectFailure(.conditionFailed(1)) {
            try await store.append(to: "thing-4", [event()], unless: EventQuery(.init(types: ["happened"])))
        }
        try expect(try await store.head(), 3)
    }

    func admitsOneUnderACondition() async throws {
        let tag = Tag("colour", "red")
        let wins = await withTaskGroup(of: Bool.self) { tasks in
            for number in 0..<50 {
                tasks.addTask {
                    let events = [event(tags: [tag])]
                    let query = EventQuery.tagged(tag, in: "thing")
                    return (try? await store.append(to: "thing-\(number)", events, unless: query)) != nil
                }
            }
            return await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try expect(wins, 1)
        try expect(try await store.head(), 1)
    }

    func admitsOneOfMany() async throws {
        try await store.append(to: "thing-1", [event()])
        let wins = await withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<50 {
                tasks.addTask { (try? await store.append(to: "thing-1", [event()], expecting: .exactly(1))) != nil }
            }
            return await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try expect(wins, 1)
        try expect(try await store.head(), 2)
    }
}
