import Daybook
import Synchronization

/// The contract of a writer's store with keys for those whose personal data it has.
struct SubjectStoreContract: PortContract {
    let store: any WriterStore

    static var rules: [Rule] {
        [
            ("personal data are read as they were until their subject is forgotten", { try await $0.forgets() }),
            ("a subject that is forgotten gets no personal data", { try await $0.refusesPersonalData() }),
            ("a forgetting is unfinished until it is finished", { try await $0.finishes() }),
            ("what is derived of a forgotten subject is removed", { try await $0.removesWhatIsDerived() }),
            ("it is told what a store still has, and where its log says so", { try await $0.reports() }),
            ("a rehearsal asks what a forgetting asks, and changes nothing", { try await $0.rehearses() }),
        ]
    }

    /// An event, as it is published too, with a name that is personal.
    private func arrival(
        _ name: String, _ type: String = "arrived", isPersonal: Bool = true, tags: [Tag] = []
    ) -> NewEvent {
        let personal: Set<String> = isPersonal ? ["name"] : []
        var event = event(type, tags: tags)
        event.data = Array(#"{"n":1,"name":"\#(name)"}"#.utf8)
        event.personal = personal
        event.published = [
            NewEvent.Published(type: "guest.\(type)", schemaVersion: 1, data: event.data, personal: personal)
        ]
        return event
    }

    private func forget(_ stream: StreamName) async throws -> (report: ForgettingReport, place: LogPlace?) {
        try await store.beginForgetting(stream)
        return try await finish(stream)
    }

    private func finish(
        _ stream: StreamName, keeping tags: [Tag] = []
    ) async throws -> (report: ForgettingReport, place: LogPlace?) {
        try await store.finishForgetting(stream, isPlain: { event, _ in !Self.isSealed(event) }, tags: { _ in tags })
    }

    private static func isSealed(_ event: StoredEvent) -> Bool {
        event.data.withUnsafeBytes { SealedData.isSealed($0) }
    }

    /// The data of a stream's events in each way in which they are read.
    private func data(of stream: StreamName) async throws -> Set<[String]> {
        let read = try await store.read(stream, after: .zero, limit: 10)
        let all = try await store.read(after: .zero, limit: 10).filter { $0.stream == stream }
        let found = try await store.read(at: all.map(\.position))
        let partition = Partition.of(stream, among: store.partitionCount)
        let slice = try await store.slice(partition, after: .zero, limit: 10, maximumBytes: .max)
        let replayed = Mutex<[[UInt8]]>([])
        try await store.replay(stream, after: .zero) { event in
            let data = Array(event.data)
            replayed.withLock { $0.append(data) }
        }
        let entries = slice.entries.filter { $0.stream == stream }.map { Array($0.data) }
        let ways = [read.map(\.data), all.map(\.data), found.map(\.data), entries, replayed.withLock { $0 }]
        return Set(ways.map { data in data.map { String(decoding: $0, as: UTF8.self) } })
    }

    func forgets() async throws {
        let (ada, eve) = (try StreamName("guest-ada"), try StreamName("guest-eve"))
        try expect(store.hasKeys, true)
        try await store.append(to: "guest-ada", [arrival("Ada")])
        try await store.append(to: "guest-eve", [arrival("Eve")])
        try expect(try await data(of: ada), [[#"{"n":1,"name":"Ada"}"#]])
        try await store.beginForgetting(ada)
        try expect(try await data(of: ada), [[#"{"n":1,"name":"\#(SealedData.forgotten)"}"#]])
        try expect(try await data(of: eve), [[#"{"n":1,"name":"Eve"}"#]])
    }

    func refusesPersonalData() async throws {
        let ada = try StreamName("guest-ada")
        try await store.append(to: "guest-ada", [arrival("Ada")])
        try await store.beginForgetting(ada)
        try await expectFailure(.forgotten(ada)) { try await store.append(to: "guest-ada", [arrival("Ada")]) }
        try expect(try await store.append(to: "guest-ada", [event("left")]).version, 2)
        // Its place in the stream is looked at first.
        try await expectFailure(.conflict(ada, expected: .exactly(1), actual: 2)) {
            try await store.append(to: "guest-ada", [arrival("Ada")], expecting: .exactly(1))
        }
    }

    func finishes() async throws {
        let (ada, eve) = (try StreamName("guest-ada"), try StreamName("guest-eve"))
        try await store.append(to: "guest-ada", [arrival("Ada")])
        try expect(try await store.unfinishedForgettings(), [])
        try await store.beginForgetting(eve)
        try await store.beginForgetting(ada)
        try expect(try await store.unfinishedForgettings(), [ada, eve])
        _ = try await finish(ada)
        try expect(try await store.unfinishedForgettings(), [eve])
        // Somebody asks again.
        try await store.beginForgetting(ada)
        try expect(try await store.unfinishedForgettings(), [ada, eve])
    }

    func removesWhatIsDerived() async throws {
        let (ada, kept, lost) = (try StreamName("guest-ada"), Tag("room", "1"), Tag("name", "Ada"))
        let record = IdempotencyRecord(actor: "a", route: "r", key: "k", requestHash: [1])
        let other = IdempotencyRecord(actor: "a", route: "r", key: "other", requestHash: [1])
        try await store.append(to: "guest-ada", [arrival("Ada", tags: [kept, lost])], idempotency: record)
        try await store.append(to: "guest-eve", [arrival("Eve", tags: [lost])], idempotency: other)
        let snapshot = Snapshot(stream: ada, version: 1, schemaVersion: 1, state: Array("{}".utf8))
        try await store.keep(snapshot)
        try await store.beginForgetting(ada)
        _ = try await finish(ada, keeping: [kept])
        try expect(try await store.snapshot(of: ada, schemaVersion: 1), nil)
        // What was decided before the key was destroyed may be kept after it.
        try await store.keep(snapshot)
        try expect(try await store.snapshot(of: ada, schemaVersion: 1), nil)
        try expect(try await store.answer(to: record), nil)
        try expect(try await store.answer(to: other)?.isRepeated, true)
        func find(_ tag: Tag) async throws -> [Position] {
            try await store.read(.tagged(tag, in: "guest"), after: .zero, limit: 10).map(\.position)
        }
        try expect(try await find(kept), [1])
        try expect(try await find(lost), [2])
    }

    func reports() async throws {
        let ada = try StreamName("guest-ada")
        let events = [arrival("Ada"), arrival("Ada", isPersonal: false), arrival("", "forgotten", isPersonal: false)]
        let answer = try await store.append(to: "guest-ada", events)
        try await store.append(to: "guest-ada", [arrival("Ada")])
        let (report, place) = try await forget(ada)
        try expect(report, ForgettingReport(unreadableEvents: 2, plainEvents: 2, isLogEmptied: true))
        try expect(place, answer.published)
        let eve = try StreamName("guest-eve")
        try await store.append(to: "guest-eve", [arrival("Eve")])
        try expect(try await forget(eve).place, nil)
    }

    /// What was asked of a stream's events in a rehearsal.
    private func rehearse(_ stream: StreamName) async throws -> [String] {
        let asked = Mutex<[String]>([])
        try await store.rehearseForgetting(
            stream,
            isPlain: { event, published in
                let isSealed = Self.isSealed(event)
                asked.withLock { $0.append("isPlain \(event.version) \(isSealed) \(published.count)") }
                return false
            },
            tags: { event in
                asked.withLock { $0.append("tags \(event.version)") }
                return []
            })
        return asked.withLock { $0.sorted() }
    }

    func rehearses() async throws {
        let ada = try StreamName("guest-ada")
        try await store.append(to: "guest-ada", [arrival("Ada", tags: [Tag("name", "Ada")]), event("left")])
        try expect(try await rehearse(ada), [])
        try await store.beginForgetting(ada)
        try expect(try await rehearse(ada), ["isPlain 1 true 1", "isPlain 2 false 1", "tags 1", "tags 2"])
        try expect(try await store.unfinishedForgettings(), [ada])
        let found = try await store.read(.tagged(Tag("name", "Ada"), in: "guest"), after: .zero, limit: 10)
        try expect(found.map(\.position), [1])
    }
}
