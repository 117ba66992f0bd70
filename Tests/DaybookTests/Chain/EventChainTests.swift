import Daybook
import DaybookTesting
import Testing

@Suite struct `The chain` {
    private let event = NewEvent(
        id: UniqueID(high: 1, low: 2), type: "email-changed", schemaVersion: 1,
        occurredAt: Timestamp(microseconds: 1_000_000), data: Array(#"{"newEmail":"e@f.gh"}"#.utf8),
        metadata: Array(#"{"correlationId":"c"}"#.utf8))

    private func link(
        _ event: NewEvent, version: StreamVersion = 1, offset: Offset = 1, publishedAs schemaVersion: Int = 1,
        format: EventChain.Format = .second
    ) -> ChainHash {
        var event = event
        event.published = [
            NewEvent.Published(type: "user.email-changed", schemaVersion: schemaVersion, data: event.data)
        ]
        return EventChain.link(
            after: ChainHash.genesis, event, stream: StreamName(stored: "user-1"), version: version,
            recordedAt: Timestamp(microseconds: 2_000_000),
            places: [LogPlace(partition: Partition(3), offset: offset)], format: format)
    }

    private func transition(at position: Position, after versions: [Int]) -> EventChain.Format {
        var digest = ChainTransition.Digest()
        for (index, version) in versions.enumerated() {
            digest.add(
                schemaVersion: version,
                at: LogPlace(partition: Partition(0), offset: Offset(rawValue: Int64(index + 1))))
        }
        return ChainTransition(position: position, earlierSchemaVersions: digest.value).format(at: position)
    }

    /// Every store in use depends on these values.
    @Test func `is what it was, in both formats`() {
        let first = link(event, format: .first)
        #expect(first.description == "76f13d587bbbf8fb19e523c5ec7c477db80e48df42e0a7e648e59c4d188abc3f")
        let second = link(event, format: .second)
        #expect(second.description == "42d5cc5d014bedda761af630f68327b431ba003b4ace8dcea2df9c0f53b27375")
        let atStart = link(event, format: ChainTransition.atStart.format(at: 1))
        #expect(atStart.description == "e2cf02f26164c9ff52ab4b250c4e3a1d94e88353c178d29be00cba7acad8e73d")
        let later = link(event, format: transition(at: 3, after: [1, 2]))
        #expect(later.description == "97e0ddef8b24a65bfe7fdac720f1a8a73c03596914b57868d13874ed0dd07b5d")
    }

    @Test func `changes with every field`() {
        var variants = [event, event, event, event, event, event]
        variants[1].data.append(32)
        variants[2].metadata.append(32)
        variants[3].type = "email-change"
        variants[4].schemaVersion = 2
        variants[5].occurredAt = Timestamp(microseconds: 1_000_001)
        let links =
            variants.map { link($0) } + [
                link(event, version: 2), link(event, offset: 2), link(event, publishedAs: 2),
                link(event, format: .first), link(event, format: transition(at: 3, after: [1, 2])),
                link(event, format: transition(at: 4, after: [1, 2])),
                link(event, format: transition(at: 3, after: [2, 1])),
            ]
        #expect(Set(links).count == links.count)
    }

    @Test func `goes over to the second format once`() {
        let transition = ChainTransition(position: 3, earlierSchemaVersions: .genesis)
        #expect(transition.format(at: 2) == .first)
        #expect(transition.format(at: 3) == .transition(transition))
        #expect(transition.format(at: 4) == .second)
    }
}

@Suite struct `The store in memory` {
    @Test func `keeps the contract of every store`() async throws {
        try await verifyStoreContract { InMemoryStore() }
    }

    @Test func `keeps the contract of every store of a writer`() async throws {
        try await verifyWriterStoreContract { InMemoryStore(hasKeys: $0) }
    }
}
