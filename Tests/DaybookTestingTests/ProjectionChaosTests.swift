import DaybookTesting
import Testing

@Suite struct `A projection in chaos` {
    @Test func `that depends on nothing but its streams comes out the same`() async throws {
        try await verifyProjection(Things(), events: thingHistory)
    }

    @Test func `is found out when it depends on the order between streams`() async {
        let broken = await #expect(throws: BrokenProperty.self) {
            try await verifyProjection(Latest(), events: thingHistory, seed: 7)
        }
        let description = broken?.description ?? ""
        #expect(description.contains("Latest, seed 7, "))
        #expect(description.contains("\nlatest\n  - id=1 stream=\"thing-5\"\n  + id=1 stream=\"thing-"))
    }

    @Test func `is found out when it keeps in memory what a crash takes`() async {
        let broken = await #expect(throws: BrokenProperty.self) {
            try await verifyProjection(Remembering(), events: thingHistory, seed: 7)
        }
        #expect(broken?.description.contains(", a crash ") == true)
        #expect(broken?.description.contains("\ncounts\n  - stream=\"thing-") == true)
    }

    @Test func `is found out when it relies on something being unique across streams`() async {
        let broken = await #expect(throws: BrokenProperty.self) {
            try await verifyProjection(
                UniqueNames(),
                events: [
                    ("thing-a", .made(name: "A")), ("thing-a", .renamed(name: "B")), ("thing-b", .made(name: "A")),
                ], seed: 7)
        }
        #expect(broken?.description.contains("UNIQUE") == true)
        #expect(broken?.description.contains("UniqueNames, seed 7, ") == true)
    }

    @Test func `comes out in the same way with the same seed`() async {
        var descriptions: Set<String> = []
        for _ in 0..<3 {
            let broken = await #expect(throws: BrokenProperty.self) {
                try await verifyProjection(Latest(), events: thingHistory, seed: 11)
            }
            descriptions.insert(broken?.description ?? "")
        }
        #expect(descriptions.count == 1)
    }
}
