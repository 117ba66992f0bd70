import Daybook

/// The contract of a writer's store without keys for what it says of itself.
struct WriterStoreContract: PortContract {
    let store: any WriterStore

    static var rules: [Rule] {
        [
            ("categories and types are those of the events", { try await $0.tellsWhatIsInUse() }),
            ("the time of the last event is known", { try await $0.tellsTheLastTime() }),
            ("a store that takes events has no problem, and a probe changes nothing", { try await $0.isWell() }),
            ("a store without keys forgets nobody", { try await $0.forgetsNobody() }),
        ]
    }

    func tellsWhatIsInUse() async throws {
        try expect(try await store.categories(), [])
        try expect(try await store.typesInUse(), [])
        var later = event("made")
        later.schemaVersion = 2
        try await store.append(to: "thing-1", [event("made"), event("made")])
        try await store.append(to: "thing-2", [event("made"), later])
        try await store.append(to: "other_thing-1", [event("painted"), event("made")])
        try await store.append(to: "other-1", [event("made")])
        try expect(try await store.categories().map(\.description), ["other", "other_thing", "thing"])
        let types = try await store.typesInUse().map { "\($0.stream) \($0.name) \($0.schemaVersion)" }
        let expected = [
            "thing-1 made 1", "thing-2 made 2", "other_thing-1 painted 1", "other_thing-1 made 1", "other-1 made 1",
        ]
        try expect(types, expected)
    }

    func tellsTheLastTime() async throws {
        try expect(try await store.lastRecordedAt(), nil)
        try await store.append(to: "thing-1", [event()])
        try await store.append(to: "thing-2", [event()])
        try expect(try await store.lastRecordedAt(), try await store.read(after: 1, limit: 1).first?.recordedAt)
    }

    func isWell() async throws {
        try await store.append(to: "thing-1", [event()])
        try await store.probe()
        try expect(store.problem, nil)
        try expect(try await store.head(), 1)
    }

    func forgetsNobody() async throws {
        let ada = try StreamName("thing-ada")
        var personal = event()
        personal.personal = ["n"]
        try await store.append(to: "thing-ada", [personal])
        try expect(store.hasKeys, false)
        do {
            try await store.beginForgetting(ada)
            throw Mismatch(expected: "an error", found: "success")
        } catch is StoreError {}
        try expect(try await store.unfinishedForgettings(), [])
        let data = try await store.read(ada, after: .zero, limit: 1).first?.data
        try expect(data, Array(#"{"n":1}"#.utf8))
    }
}
