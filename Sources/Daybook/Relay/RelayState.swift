/// What the relay knows, and what it does next. Pure: no clock, no broker, no store.
///
/// Each partition is a lane: its cursor is the offset up to which everything is confirmed, without a gap. On any doubt
/// a lane goes back to its cursor and sends again; what was in flight before no longer counts, and is recognised by
/// its attempt. A lane that nobody is bound to, whose entries are refused, or whose next entry cannot be sent, is held:
/// after a wait one entry probes.
public struct RelayState: Sendable {
    public enum Action: Sendable, Equatable {
        /// Send these entries; report with ``settled(_:_:)``.
        case send(Batch)
        /// Call ``probe(_:)`` after a wait that grows with the number of failures; `reason` is what the last one was.
        case probeLater(Partition, failures: Int, reason: PublicationOutcome)
    }

    /// Entries of one lane that travel together: the `limit` after `after`, all of which are in the log.
    public struct Batch: Sendable, Hashable {
        public let partition: Partition
        public let after: Offset
        public let limit: Int
        let attempt: Int
    }

    struct Lane: Sendable {
        struct Flight: Sendable {
            let batch: Batch
            /// How many entries from the first on are confirmed; `nil` until the broker has spoken on all.
            var confirmed: Int?
        }

        var cursor: Offset
        var head: Offset
        var attempt = 0
        var flights: [Flight] = []
        var failures = 0
        /// Why it waits, while it is held.
        var hold: PublicationOutcome?
        var isHeld: Bool { hold != nil }

        /// The last offset that is on its way or further.
        var sent: Offset { cursor + Int64(flights.reduce(0) { $0 + ($1.confirmed ?? $1.batch.limit) }) }
        var inFlight: Int { flights.reduce(0) { $0 + ($1.confirmed == nil ? $1.batch.limit : 0) } }
    }

    private(set) var lanes: [Lane]
    private let window: Int
    private let batchLimit: Int
    private var turn = 0
    private(set) var isConnected = false

    /// - Parameters:
    ///   - cursors: How far each partition was confirmed before.
    ///   - window: How many entries may be unconfirmed, over all partitions.
    public init(cursors: [Offset], window: Int = 256) {
        lanes = cursors.map { Lane(cursor: $0, head: $0) }
        self.window = max(1, window)
        batchLimit = max(1, window / 4)
    }

    /// How far each partition is confirmed without a gap.
    public var cursors: [Offset] { lanes.map(\.cursor) }

    /// Entries that are in the log and not confirmed.
    public var backlog: Int64 { lanes.reduce(0) { $0 + ($1.head - $1.cursor) } }

    /// Partitions that wait, and why: nobody is bound to them, the broker refuses them, or an entry cannot be sent.
    public var held: [Partition: PublicationOutcome] {
        var held: [Partition: PublicationOutcome] = [:]
        for (index, lane) in lanes.enumerated() { held[Partition(index)] = lane.hold }
        return held
    }

    /// Whether everything in the log is confirmed.
    public var isIdle: Bool { lanes.allSatisfy { $0.cursor == $0.head } }

    // MARK: What happens

    public mutating func connected() -> [Action] {
        isConnected = true
        for index in lanes.indices {
            goBack(index)
            lanes[index].hold = nil
            lanes[index].failures = 0
        }
        return next()
    }

    public mutating func disconnected() {
        isConnected = false
        for index in lanes.indices { goBack(index) }
    }

    public mutating func headsMoved(_ heads: [Offset]) -> [Action] {
        for (index, head) in heads.enumerated() { lanes[index].head = max(lanes[index].head, head) }
        return next()
    }

    /// The broker has spoken on every entry of a batch.
    public mutating func settled(_ batch: Batch, _ outcomes: [PublicationOutcome]) -> [Action] {
        let index = batch.partition.index
        guard let flight = lanes[index].flights.firstIndex(where: { $0.batch == batch }) else { return [] }
        let confirmed = outcomes.prefix { $0 == .confirmed }.count
        lanes[index].flights[flight].confirmed = confirmed
        while let first = lanes[index].flights.first, let confirmed = first.confirmed {
            lanes[index].cursor = lanes[index].cursor + Int64(confirmed)
            lanes[index].flights.removeFirst()
            if confirmed < first.batch.limit { break }
        }
        guard confirmed < outcomes.count else {
            lanes[index].failures = 0
            lanes[index].hold = nil
            return next()
        }
        goBack(index)
        lanes[index].hold = outcomes[confirmed]
        lanes[index].failures += 1
        let failures = lanes[index].failures
        return [.probeLater(batch.partition, failures: failures, reason: outcomes[confirmed])] + next()
    }

    /// The wait of a held lane is over.
    public mutating func probe(_ partition: Partition) -> [Action] {
        let index = partition.index
        guard isConnected, lanes[index].isHeld, lanes[index].flights.isEmpty else { return [] }
        guard lanes[index].head > lanes[index].cursor else {
            lanes[index].hold = nil
            return []
        }
        return [depart(index, limit: 1)]
    }

    // MARK: What to do

    /// Fills the window, lane by lane in turn, so that no lane waits for another.
    private mutating func next() -> [Action] {
        guard isConnected else { return [] }
        var actions: [Action] = []
        var room = window - lanes.reduce(0) { $0 + $1.inFlight }
        var idle = 0
        while room > 0 && idle < lanes.count {
            let index = turn % lanes.count
            turn = (turn + 1) % lanes.count
            let waiting = lanes[index].isHeld ? 0 : lanes[index].head - lanes[index].sent
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
            partition: Partition(index), after: lanes[index].sent, limit: limit, attempt: lanes[index].attempt)
        lanes[index].flights.append(Lane.Flight(batch: batch))
        return .send(batch)
    }

    private mutating func goBack(_ index: Int) {
        lanes[index].attempt += 1
        lanes[index].flights = []
    }
}
