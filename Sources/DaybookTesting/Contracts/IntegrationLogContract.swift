import Daybook

/// The contract of the integration log of every store.
struct IntegrationLogContract: PortContract {
    let store: any EventStore & IntegrationLog

    static var rules: [Rule] {
        [
            ("the chain links every event to the one before", { try await $0.chains() }),
            ("slices tell head and anchor", { try await $0.slices() }),
            ("cursors never go back", { try await $0.keepsCursors() }),
        ]
    }

    func chains() async throws {
        try await store.append(to: "thing-1", [event(published: 2), event(published: 0)])
        try await store.append(to: "thing-2", [event()])
        var previous = ChainHash.genesis
        for stored in try await store.read(after: .zero, limit: 10) {
            let slice = try await store.slice(
                .of(stored.stream, among: store.partitionCount), after: .zero, limit: 10, maximumBytes: .max)
            let entries = slice.entries.filter { $0.id.event == stored.id }
            let event = NewEvent(
                id: stored.id, type: stored.type, schemaVersion: stored.schemaVersion,
                occurredAt: stored.occurredAt, data: stored.data, metadata: stored.metadata,
                published: entries.map {
                    NewEvent.Published(type: $0.type, schemaVersion: $0.schemaVersion, data: Array($0.data))
                })
            previous = EventChain.link(
                after: previous, event, stream: stored.stream, version: stored.version,
                recordedAt: stored.recordedAt, places: entries.map(\.place),
                format: ChainTransition.atStart.format(at: stored.position))
            try expect(stored.hash, previous)
        }
    }

    func slices() async throws {
        for _ in 0..<10 { try await store.append(to: "thing-1", [event()]) }
        let partition = Partition.of(try StreamName("thing-1"), among: store.partitionCount)
        let all = try await store.slice(partition, after: .zero, limit: 100, maximumBytes: .max)
        try expect(all.head, 10)
        try expect(all.anchor, nil)
        try expect(all.epoch, store.epoch)
        let some = try await store.slice(partition, after: 4, limit: 3, maximumBytes: .max)
        try expect(some.entries, Array(all.entries[4..<7]))
        try expect(some.anchor, all.entries[3].anchor)
        try expect(try await store.slice(partition, after: 4, limit: 100, maximumBytes: 1).entries.count, 1)
        let beyond = try await store.slice(partition, after: 11, limit: 100, maximumBytes: .max)
        try expect(beyond.anchor, nil)
        try expect(beyond.entries, [])
        try expect(try await store.slice(partition, after: 10, limit: 0, maximumBytes: .max).entries, [])
    }

    func keepsCursors() async throws {
        try await store.moveCursors([Partition(1): 5, Partition(2): 7])
        try await store.moveCursors([Partition(1): 3])
        try expect(try await store.cursors().map(\.rawValue), [0, 5, 7, 0, 0, 0, 0, 0])
    }
}
