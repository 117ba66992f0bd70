import Daybook

/// Queues that lose, repeat and reorder, and a word on each message that may come late or never.
struct SimulatedBroker {
    struct Message {
        var epoch: Epoch
        var entry: LogEntry
    }

    /// A batch that the relay waits for.
    struct Flight {
        var batch: RelayState.Batch
        var outcomes: [PublicationOutcome]
    }

    var queues: [[Message]]
    var flights: [Flight] = []
    private var confirmed: [Set<Offset>]
    /// Which partitions somebody is bound to.
    var isBound: [Bool]

    init(partitionCount: Int) {
        queues = Array(repeating: [], count: partitionCount)
        confirmed = Array(repeating: [], count: partitionCount)
        isBound = Array(repeating: true, count: partitionCount)
    }

    /// Up to where every entry of a partition was confirmed at least once.
    var confirmedPrefix: [Offset] {
        confirmed.map { offsets in
            var prefix = Offset.zero
            while offsets.contains(prefix.next) { prefix = prefix.next }
            return prefix
        }
    }

    mutating func take(
        _ batch: RelayState.Batch, _ entries: [LogEntry], _ epoch: Epoch, _ fate: inout Fate, calm: Bool
    ) {
        let index = batch.partition.index
        if calm { isBound[index] = true }
        var outcomes: [PublicationOutcome] = []
        for entry in entries {
            let roll = calm ? 99 : fate.number(100)
            guard isBound[index] else {
                outcomes.append(.unroutable)
                continue
            }
            // A refused message may be in the queue all the same.
            if roll >= 4 || fate.number(2) == 0 { queues[index].append(Message(epoch: epoch, entry: entry)) }
            outcomes.append(roll < 4 ? .refused : .confirmed)
            if roll >= 4 { confirmed[index].insert(entry.offset) }
        }
        flights.append(Flight(batch: batch, outcomes: outcomes))
    }

    mutating func relayIsGone() { flights = [] }

    /// Loses, repeats or reorders a message, or (un)binds a queue.
    mutating func misbehave(_ fate: inout Fate) {
        let index = fate.number(queues.count)
        guard !queues[index].isEmpty else {
            isBound[index].toggle()
            return
        }
        let place = fate.number(queues[index].count)
        switch fate.number(4) {
        case 0: queues[index].remove(at: place)
        case 1: queues[index].append(queues[index][place])
        case 2: queues[index].swapAt(place, fate.number(queues[index].count))
        default:
            var forged = queues[index][place]
            forged.entry.place.offset = forged.entry.offset + 1_000_000
            if fate.number(2) == 0 { forged.epoch = UniqueID(high: 9, low: 9) }
            queues[index].append(forged)
        }
    }
}

/// Rows and checkpoints of one read model that two workers share.
struct SimulatedReadModel {
    struct Row {
        var epoch: Epoch
        var offset: Offset
        var id: IntegrationEventID
        var hash: ChainHash
        /// What its log has before it.
        var previousHash: ChainHash
    }

    var rows: [[Row]] = Array(repeating: [], count: Simulation.partitionCount)
    var checkpoints: [Lane: Checkpoint] = [:]

    mutating func post(_ posting: Posting, guarded: Bool, movesCheckpoint: Bool) throws(Fenced) {
        if guarded && checkpoints[posting.lane] != posting.expected { throw Fenced(lane: posting.lane) }
        let index = posting.lane.partition.index
        for entry in posting.entries.map(\.log) {
            rows[index].append(
                Row(
                    epoch: posting.next.epoch, offset: entry.offset, id: entry.id, hash: entry.hash,
                    previousHash: entry.previousHash))
        }
        if movesCheckpoint { checkpoints[posting.lane] = posting.next }
    }

    /// The first row whose log has another entry before it than the row before it.
    func tornRow(in partition: Int) -> Offset? {
        zip(rows[partition], rows[partition].dropFirst()).first { $0.hash != $1.previousHash }?.1.offset
    }
}

extension Ledger {
    /// The same events in a store with another identity.
    func underNewEpoch(_ epoch: Epoch) -> Ledger {
        var copy = Ledger(partitionCount: log.count, epoch: epoch)
        for stored in events {
            let published = log.flatMap(\.self).filter { $0.id.event == stored.id }
            let event = NewEvent(
                id: stored.id, type: stored.type, occurredAt: stored.occurredAt, data: stored.data,
                metadata: stored.metadata,
                published: published.map { .init(type: $0.type, schemaVersion: $0.schemaVersion, data: Array($0.data)) }
            )
            let request = AppendRequest(stream: stored.stream, expected: .any, events: [event])
            _ = try? copy.append(request, now: stored.recordedAt)
        }
        return copy
    }
}
