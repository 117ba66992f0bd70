import Daybook

/// Rows and checkpoints of one read model that two workers share.
struct SimulatedReadModel {
    struct Row {
        var epoch: Epoch
        var entry: LogEntry
        /// Whether its event was set aside.
        var isParked: Bool

        var id: IntegrationEventID { entry.id }
        /// Whether it can never be posted.
        var isPoison: Bool { entry.type == "a.poison" }
    }

    var rows: [Lane: [Row]] = [:]
    var checkpoints: [Lane: Checkpoint] = [:]
    private var parkedStreams: [Source: Set<StreamName>] = [:]
    /// Events that have failed once for no reason of their own. They do not do it again.
    private var stumbled: Set<IntegrationEventID> = []

    /// Posts all or nothing.
    ///
    /// - Throws: ``Fenced`` or ``EventFailure``.
    mutating func apply(
        _ postings: [Posting], movesCheckpoint: Bool, _ fate: inout Fate, calm: Bool, _ sabotage: Simulation.Sabotage?
    ) throws {
        var next = self
        for posting in postings {
            if sabotage != .unguardedCheckpoint && next.checkpoints[posting.lane] != posting.expected {
                throw Fenced(lane: posting.lane)
            }
            for entry in posting.entries.map(\.log) {
                let lane = posting.lane
                var row = Row(epoch: posting.next.epoch, entry: entry, isParked: false)
                let isBehind =
                    next.parkedStreams[lane.source]?.contains(entry.stream) == true && sabotage != .parkedStreamGoesOn
                if posting.parks[entry.offset] != nil || isBehind {
                    next.parkedStreams[lane.source, default: []].insert(entry.stream)
                    row.isParked = true
                } else if row.isPoison {
                    throw EventFailure(lane: lane, entry: entry, reason: "poison")
                } else if !calm, fate.number(40) == 0, stumbled.insert(entry.id).inserted {
                    throw EventFailure(lane: lane, entry: entry, reason: "not this time")
                }
                next.rows[lane, default: []].append(row)
            }
            if movesCheckpoint { next.checkpoints[posting.lane] = posting.next }
        }
        next.stumbled = stumbled
        self = next
    }

    /// The first row whose log has another entry before it than the row before it.
    func tornRow(of lane: Lane) -> Offset? {
        let rows = rows[lane] ?? []
        return zip(rows, rows.dropFirst()).first { $0.entry.hash != $1.entry.previousHash }?.1.entry.offset
    }

    /// A row that was set aside and should not have been, or the other way round.
    func wronglyParked(of lane: Lane) -> Offset? {
        var parked: Set<StreamName> = []
        for row in rows[lane] ?? [] {
            let isDue = row.isPoison || parked.contains(row.entry.stream)
            if row.isParked != isDue { return row.entry.offset }
            if isDue { parked.insert(row.entry.stream) }
        }
        return nil
    }
}
