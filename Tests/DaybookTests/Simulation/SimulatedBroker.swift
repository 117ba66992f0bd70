import Daybook

/// Queues that lose, repeat and reorder, and a word on each message that may come late or never. A queue is a
/// partition's, of all sources.
struct SimulatedBroker {
    struct Message {
        var source: Source
        var epoch: Epoch
        var entry: LogEntry
    }

    /// A batch that the relay waits for.
    struct Flight {
        var batch: RelayState.Batch
        var outcomes: [PublicationOutcome]
    }

    var queues: [[Message]]
    /// Of each source.
    var flights: [[Flight]]
    private var confirmed: [[Set<Offset>]]
    /// Which partitions somebody is bound to.
    var isBound: [Bool]

    init(sourceCount: Int, partitionCount: Int) {
        queues = Array(repeating: [], count: partitionCount)
        flights = Array(repeating: [], count: sourceCount)
        confirmed = Array(repeating: Array(repeating: [], count: partitionCount), count: sourceCount)
        isBound = Array(repeating: true, count: partitionCount)
    }

    /// Up to where every entry of each partition of a source was confirmed at least once.
    func confirmedPrefix(of source: Int) -> [Offset] {
        confirmed[source].map { offsets in
            var prefix = Offset.zero
            while offsets.contains(prefix.next) { prefix = prefix.next }
            return prefix
        }
    }

    mutating func take(
        _ batch: RelayState.Batch, _ entries: [LogEntry], of source: Int, _ epoch: Epoch, _ fate: inout Fate,
        calm: Bool
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
            if roll >= 4 || fate.number(2) == 0 {
                queues[index].append(Message(source: Simulation.sources[source], epoch: epoch, entry: entry))
            }
            outcomes.append(roll < 4 ? .refused : .confirmed)
            if roll >= 4 { confirmed[source][index].insert(entry.offset) }
        }
        flights[source].append(Flight(batch: batch, outcomes: outcomes))
    }

    mutating func relayIsGone(_ source: Int) { flights[source] = [] }

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
