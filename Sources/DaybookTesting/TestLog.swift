import Daybook

/// The log of a writer that has published these events: what a test of a projection posts.
struct TestLog<Event: IntegrationEvent>: Sendable {
    static var source: Source { "writer" }

    private(set) var ledger: Ledger
    /// In the order in which they were added, whatever their partitions.
    private(set) var entries: [LogEntry] = []
    /// The time when the next event occurs that is not told otherwise.
    private var time = ManualClock.start
    private let interval: Duration

    /// - Parameter interval: How long after an event the next one occurs.
    init(partitionCount: Int = 8, interval: Duration = .seconds(1)) {
        ledger = Ledger(partitionCount: partitionCount, epoch: SequentialIDs.id(0))
        self.interval = interval
    }

    mutating func add(_ event: Event, to stream: StreamName, at told: Timestamp? = nil) throws {
        let (type, data) = try TaggedJSON.encode(event)
        let at = told ?? time
        time = at.advanced(by: interval)
        let new = NewEvent(
            id: SequentialIDs.id(UInt64(ledger.events.count + 1)), type: type, occurredAt: at, data: data,
            metadata: try EventMetadata(correlationID: "test").encoded(),
            published: [
                NewEvent.Published(
                    type: "\(Event.namespace).\(type)", schemaVersion: Event.schemaVersions[type] ?? 1, data: data)
            ])
        let answer = try ledger.append(AppendRequest(stream: stream, expected: .any, events: [new]), now: at)
        guard let place = answer.published else { return }
        entries += ledger.log[place.partition.index].suffix(1)
    }

    /// All of it in order, an entry each.
    func postings(decodedBy model: some ReadModel) -> [Posting] {
        var checkpoints: [Lane: Checkpoint] = [:]
        return entries.map { entry in
            let lane = Lane(source: Self.source, partition: entry.place.partition)
            let next = Checkpoint(epoch: ledger.epoch, offset: entry.offset, anchor: entry.anchor)
            defer { checkpoints[lane] = next }
            return Posting(lane: lane, expected: checkpoints[lane], entries: [model.decoded(entry)], next: next)
        }
    }

    /// The number of partitions with which the most of these streams are apart: what is in one partition is in order.
    static func partitionCount(for streams: [StreamName]) -> Int {
        func apart(_ count: Int) -> Int { Set(streams.map { Partition.of($0, among: count) }).count }
        return (8...64).reduce(8) { apart($1) > apart($0) ? $1 : $0 }
    }
}
