import Daybook
import DaybookTesting
import Testing

@Suite struct `A test of an aggregate that fails` {
    @Test func `shows the events of both sides line by line`() {
        let mismatch = #expect(throws: Mismatch.self) {
            try given(Basket.self).when(.fill(items: ["apple", "pear", "fig"]))
                .then(.added(item: "apple"), .added(item: "plum"), .added(item: "fig"))
        }
        let description = """

            not as expected (- only expected, + only found)
                added(item: "apple")
              - added(item: "plum")
              + added(item: "pear")
                added(item: "fig")
            """
        #expect(mismatch?.description == description)
        #expect(mismatch?.found == "added(item: \"apple\")\nadded(item: \"pear\")\nadded(item: \"fig\")")
    }

    @Test func `shows a refusal where events were expected, and events where a refusal was`() {
        let refused = #expect(throws: Mismatch.self) {
            try given(Basket.self, .added(item: "apple")).when(.fill(items: ["a", "b", "c"])).thenNothing()
        }
        #expect(refused?.expected == "nothing" && refused?.found == "refused: full(limit: 3)")
        let accepted = #expect(throws: Mismatch.self) {
            try given(Basket.self).when(.fill(items: ["fig"])).thenFails(.full(limit: 3))
        }
        #expect(accepted?.description.contains("  - refused: full(limit: 3)\n  + added(item: \"fig\")") == true)
    }

    @Test func `says so when both sides only read the same`() {
        /// Two that differ in what their description does not say.
        struct Opaque: Aggregate {
            enum Command: Codable, Sendable { case go }
            enum Failure: DomainFailure { case no }
            struct Event: DomainEvent, Equatable, CustomStringConvertible {
                var number: Int
                var description: String { "happened" }
            }
            static let category: StreamCategory = "opaque"
            func handle(_ command: Command) throws(Failure) -> [Event] { [Event(number: 1)] }
            mutating func apply(_ event: Event) {}
        }
        let mismatch = #expect(throws: Mismatch.self) {
            try given(Opaque.self).when(.go).then(Opaque.Event(number: 2))
        }
        #expect(mismatch?.description.contains("they read the same and are not equal") == true)
    }
}

@Suite struct `A store that does not keep the contract` {
    @Test func `is told which rule it breaks, and how`() async {
        let mismatch = await #expect(throws: Mismatch.self) {
            try await verifyStoreContract { InMemoryStore(partitionCount: 4) }
        }
        #expect(mismatch?.subject == "cursors never go back")
        #expect(mismatch?.description.contains("- [0, 5, 7, 0, 0, 0, 0, 0]\n  + [0, 5, 7, 0]") == true)
    }

    @Test func `is told so, too, where it is a writer's that was to have keys`() async {
        let mismatch = await #expect(throws: Mismatch.self) {
            try await verifyWriterStoreContract { _ in InMemoryStore() }
        }
        #expect(mismatch?.subject == "personal data are read as they were until their subject is forgotten")
        #expect(mismatch?.expected == "true" && mismatch?.found == "false")
    }
}

@Suite struct `A clock and ids under control` {
    @Test func `let a test say when events occur and which ids they get`() async throws {
        let (clock, ids) = (ManualClock(), SequentialIDs())
        let store = InMemoryStore(now: clock.now)
        let baskets = Repository<Basket>(store: store, now: clock.now, makeID: ids.next)
        try await baskets.execute(.fill(items: ["apple", "pear"]), on: "1")
        clock.advance(by: .milliseconds(1500))
        try await baskets.execute(.fill(items: ["fig"]), on: "1")
        let events = try await store.read(after: .zero, limit: 10)
        #expect(events.map(\.id) == (1...3).map { SequentialIDs.id($0) })
        #expect(events.first?.id.description == "00000000-0000-7000-8000-000000000001")
        let times = ["2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:01.500000Z"]
        #expect(events.map(\.occurredAt.description) == times && events.map(\.recordedAt.description) == times)
    }

    @Test func `go back too, and the store's times do not`() async throws {
        let clock = ManualClock()
        let store = InMemoryStore(now: clock.now)
        let baskets = Repository<Basket>(store: store, now: clock.now)
        for _ in 0..<2 {
            try await baskets.execute(.fill(items: ["fig"]), on: "1")
            clock.advance(by: .seconds(-60))
        }
        let events = try await store.read(after: .zero, limit: 10)
        #expect(events[1].occurredAt < events[0].occurredAt && events[1].recordedAt == events[0].recordedAt)
    }
}
