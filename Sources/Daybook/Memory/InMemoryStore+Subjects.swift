import Synchronization

extension InMemoryStore {
    public var hasKeys: Bool { ledger.withLock { $0.subjects != nil } }

    public func beginForgetting(_ stream: StreamName) async throws {
        guard hasKeys else { throw StoreError("the store has no keys: nothing in it can be forgotten") }
        ledger.withLock { $0.subjects?.destroyKey(of: stream) }
    }

    public func finishForgetting(
        _ stream: StreamName, isPlain: @Sendable (StoredEvent, [NewEvent.Published]) throws -> Bool,
        tags keptTags: @escaping @Sendable (StoredEvent) throws -> [Tag]
    ) async throws -> (report: ForgettingReport, place: LogPlace?) {
        let stored = ledger.withLock { $0.read(stream, after: .zero, limit: .max) }
        let kept = try stored.map { (position: $0.position, tags: Set(try keptTags($0))) }
        ledger.withLock { ledger in
            for (position, tags) in kept { ledger.keepTags(tags, at: position) }
            ledger.removeAnswers(on: stream)
            ledger.subjects?.finish(stream)
        }
        snapshots.withLock { $0[stream] = nil }
        let review = try review(stream, isPlain)
        var report = review.report
        report.isLogEmptied = true
        return (report, review.place)
    }

    public func rehearseForgetting(
        _ stream: StreamName, isPlain: @Sendable (StoredEvent, [NewEvent.Published]) throws -> Bool,
        tags: @Sendable (StoredEvent) throws -> [Tag]
    ) async throws {
        guard ledger.withLock({ $0.subjects?.isForgotten(stream) ?? false }) else { return }
        _ = try review(stream) { event, published in
            _ = try tags(event)
            return try isPlain(event, published)
        }
    }

    public func unfinishedForgettings() async throws -> [StreamName] {
        ledger.withLock { $0.subjects?.unfinished ?? [] }
    }

    /// Looks at how a stream's events are stored.
    private func review(
        _ stream: StreamName, _ isPlain: (StoredEvent, [NewEvent.Published]) throws -> Bool
    ) throws -> ForgettingReview {
        let partition = Partition.of(stream, among: partitionCount)
        let (events, entries) = ledger.withLock { ledger in
            (ledger.read(stream, after: .zero, limit: .max), ledger.log[partition.index].filter { $0.stream == stream })
        }
        let published = Dictionary(grouping: entries, by: \.id.event)
        var review = ForgettingReview()
        for event in events {
            let entries = published[event.id, default: []].map { entry in
                (
                    place: entry.place,
                    event: NewEvent.Published(
                        type: entry.type, schemaVersion: entry.schemaVersion, data: Array(entry.data))
                )
            }
            try review.look(at: event, published: entries, isPlain: isPlain)
        }
        return review
    }
}
