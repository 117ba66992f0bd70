/// The state of the relay, and what it does next. Pure: no clock, no broker, no store.
///
/// Each partition has a cursor: the offset up to which everything is confirmed, without a gap. On any doubt a partition
/// goes back to its cursor and sends again; what was in flight before no longer counts, and is recognised by its
/// attempt. A partition that nobody is bound to, whose entries are refused, or whose next entry cannot be sent, is held:
/// after a wait one entry probes.
public struct RelayState: Sendable {
    public enum Action: Sendable, Equatable {
        /// Send these entries; report with ``settled(_:_:)``.
        case send(Batch)
        /// Call ``probe(_:)`` after a wait that grows with the number of failures; `reason` is what the last one was.
        case probeLater(Partition, failures: Int, reason: PublicationOutcome)
    }

    /// Entries of one partition that travel together: the `limit` after `after`, all of which are in the log.
    public struct Batch: Sendable, Hashable {
        public let partition: Partition
        public let after: Offset
        public let limit: Int
        let attempt: Int
    }

    struct PartitionState: Sendable {
        struct Flight: Sendable {
            let batch: Batch
            /// The number of entries, from the first on, that are confirmed; `nil` until the broker has spoken on all.
            var confirmed: Int?
        }

        var cursor: Offset
        var head: Offset
        var attempt = 0
        var flights: [Flight] = []
        var failures = 0
        /// The reason why it waits, while it is held.
        var hold: PublicationOutcome?
        var isHeld: Bool { hold != nil }

        /// The last offset that is on its way or further.
        var sent: Offset { cursor + Int64(flights.reduce(0) { $0 + ($1.confirmed ?? $1.batch.limit) }) }
        var inFlight: Int { flights.reduce(0) { $0 + ($1.confirmed == nil ? $1.batch.limit : 0) } }
    }

    private(set) var partitions: [PartitionState]
    private let window: Int
    private let batchLimit: Int
    /// The partition that has the next turn.
    private var nextIndex = 0
    private(set) var isConnected = false

    /// - Parameters:
    ///   - cursors: The offsets up to which the partitions were confirmed before.
    ///   - window: The number of entries that may be unconfirmed, over all partitions.
    public init(cursors: [Offset], window: Int = 256) {
        partitions = cursors.map { PartitionState(cursor: $0, head: $0) }
        self.window = max(1, window)
        batchLimit = max(1, window / 4)
    }

    /// The offset of each partition up to which all is confirmed, without a gap.
    public var cursors: [Offset] { partitions.map(\.cursor) }

    /// Entries that are in the log and not confirmed.
    public var backlog: Int64 { partitions.reduce(0) { $0 + ($1.head - $1.cursor) } }

    /// Partitions that wait, and why: nobody is bound to them, the broker refuses them, or an entry cannot be sent.
    public var held: [Partition: PublicationOutcome] {
        var held: [Partition: PublicationOutcome] = [:]
        for (index, partition) in partitions.enumerated() { held[Partition(index)] = partition.hold }
        return held
    }

    /// `true` when everything in the log is confirmed.
    public var isIdle: Bool { partitions.allSatisfy { $0.cursor == $0.head } }

    // MARK: What happens

    public mutating func connected() -> [Action] {
        isConnected = true
        for index in partitions.indices {
            goBack(index)
            partitions[index].hold = nil
            partitions[index].failures = 0
        }
        return next()
    }

    public mutating func disconnected() {
        isConnected = false
        for index in partitions.indices { goBack(index) }
    }

    public mutating func headsMoved(_ heads: [Offset]) -> [Action] {
        for (index, head) in heads.enumerated() { partitions[index].head = max(partitions[index].head, head) }
        return next()
    }

    /// The broker has spoken on every entry of a batch.
    public mutating func settled(_ batch: Batch, _ outcomes: [PublicationOutcome]) -> [Action] {
        let index = batch.partition.index
        guard let flight = partitions[index].flights.firstIndex(where: { $0.batch == batch }) else { return [] }
        let confirmed = outcomes.prefix { $0 == .confirmed }.count
        partitions[index].flights[flight].confirmed = confirmed
        while let first = partitions[index].flights.first, let confirmed = first.confirmed {
            partitions[index].cursor = partitions[index].cursor + Int64(confirmed)
            partitions[index].flights.removeFirst()
            if confirmed < first.batch.limit { break }
        }
        guard confirmed < outcomes.count else {
            partitions[index].failures = 0
            partitions[index].hold = nil
            return next()
        }
        goBack(index)
        partitions[index].hold = outcomes[confirmed]
        partitions[index].failures += 1
        let failures = partitions[index].failures
        return [.probeLater(batch.partition, failures: failures, reason: outcomes[confirmed])] + next()
    }

    /// Notes that the wait of a held partition is over.
    public mutating func probe(_ partition: Partition) -> [Action] {
        let index = partition.index
        guard isConnected, partitions[index].isHeld, partitions[index].flights.isEmpty else { return [] }
        guard partitions[index].head > partitions[index].cursor else {
            partitions[index].hold = nil
            return []
        }
        return [depart(index, limit: 1)]
    }

    // MARK: What to do

    /// Fills the window, partition by partition in turn, so that none waits for another.
    private mutating func next() -> [Action] {
        guard isConnected else { return [] }
        var actions: [Action] = []
        var room = window - partitions.reduce(0) { $0 + $1.inFlight }
        var idle = 0
        while room > 0 && idle < partitions.count {
            let index = nextIndex
            nextIndex = (nextIndex + 1) % partitions.count
            let waiting = partitions[index].isHeld ? 0 : partitions[index].head - partitions[index].sent
            guard waiting > 0 else {
                idle += 1
                continue
            }
            idle = 0
            let limit = min(Int(waiting), batchLimit, room)
            actions.append(depart(index, limit: limit))
            room -= limit
        }
        return actions
    }

    private mutating func depart(_ index: Int, limit: Int) -> Action {
        let batch = Batch(
            partition: Partition(index), after: partitions[index].sent, limit: limit, attempt: partitions[index].attempt
        )
        partitions[index].flights.append(PartitionState.Flight(batch: batch))
        return .send(batch)
    }

    private mutating func goBack(_ index: Int) {
        partitions[index].attempt += 1
        partitions[index].flights = []
    }
}
