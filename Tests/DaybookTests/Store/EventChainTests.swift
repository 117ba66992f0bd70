import Daybook
import DaybookTesting
import Testing

@Suite struct `The chain` {
    private let event = NewEvent(
        id: UniqueID(high: 1, low: 2), type: "email-changed", schemaVersion: 1,
        occurredAt: Timestamp(microseconds: 1_000_000), data: Array(#"{"newEmail":"e@f.gh"}"#.utf8),
        metadata: Array(#"{"correlationId":"c"}"#.utf8))

    private func link(_ event: NewEvent, version: StreamVersion = 1, offset: Offset = 1) -> ChainHash {
        EventChain.link(
            after: ChainHash.genesis, event, stream: StreamName(stored: "user-1"), version: version,
            recordedAt: Timestamp(microseconds: 2_000_000),
            published: [
                .init(
                    place: LogPlace(partition: Partition(3), offset: offset), type: "user.email-changed",
                    data: event.data)
            ])
    }

    /// Every store in use depends on this value.
    @Test func `is what it was`() {
        #expect(link(event).description == "76f13d587bbbf8fb19e523c5ec7c477db80e48df42e0a7e648e59c4d188abc3f")
    }

    @Test func `changes with every field`() {
        var variants = [event, event, event, event, event, event]
        variants[1].data.append(32)
        variants[2].metadata.append(32)
        variants[3].type = "email-change"
        variants[4].schemaVersion = 2
        variants[5].occurredAt = Timestamp(microseconds: 1_000_001)
        let links = variants.map { link($0) } + [link(event, version: 2), link(event, offset: 2)]
        #expect(Set(links).count == links.count)
    }
}

@Suite struct `The store in memory` {
    @Test func `keeps the contract of every store`() async throws {
        try await verifyStoreContract { InMemoryStore() }
    }
}
