@testable import Daybook

/// The generations of one read model: one serves, and one may be built to take over.
struct SimulatedGenerations {
    private var models = [SimulatedReadModel()]
    private(set) var serving = 0
    private(set) var building: Int?
    /// How many rows each lane had in those that served before, when they were left.
    private var left: [Int: [Lane: Int]] = [:]

    /// What readers see.
    var present: SimulatedReadModel { models[serving] }

    subscript(number: Int) -> SimulatedReadModel { models[number] }

    mutating func build() {
        building = models.count
        models.append(SimulatedReadModel())
    }

    /// Posts to a generation what was accepted for it, if it still is what it was then: one that serves, or is built.
    ///
    /// - Throws: ``Fenced`` or ``EventFailure``.
    mutating func apply(
        _ postings: [Posting], to number: Int, movesCheckpoint: Bool, _ fate: inout Fate, calm: Bool,
        _ sabotage: Simulation.Sabotage?
    ) throws {
        let isLeft = number != serving && number != building
        if isLeft, sabotage != .generationNotCompared, let first = postings.first { throw Fenced(lane: first.lane) }
        try models[number].apply(postings, movesCheckpoint: movesCheckpoint, &fate, calm: calm, sabotage)
    }

    /// Lets what is built take over.
    mutating func promote() {
        guard let building else { return }
        left[serving] = present.rows.mapValues(\.count)
        serving = building
        self.building = nil
    }

    /// Brings a lane of what is built up to what serves, as far as both are of the source's log.
    mutating func bring(_ lane: Lane, from ledger: Ledger, _ fate: inout Fate) throws {
        guard let building, let target = present.checkpoints[lane] else { return }
        let own = models[building].checkpoints[lane]
        if let own, own.epoch != target.epoch { return }
        let slice = ledger.slice(lane.partition, after: own?.offset ?? .zero, limit: .max, maximumBytes: .max)
        let entries = slice.entries.filter { $0.offset <= target.offset }
        guard slice.epoch == target.epoch, slice.anchor == own?.anchor, let last = entries.last else { return }
        var posting = Posting(
            lane: lane, expected: own, entries: entries.map { PostingEntry(log: $0, event: nil) },
            next: Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor))
        for entry in entries where entry.type == "a.poison" { posting.parks[entry.offset] = "poison" }
        try models[building].apply([posting], movesCheckpoint: true, &fate, calm: true, nil)
    }

    /// A lane of a generation that serves no more and was posted to since.
    var postedTooLate: Lane? {
        for (number, counts) in left {
            if let lane = models[number].rows.first(where: { $1.count != counts[$0, default: 0] })?.key { return lane }
        }
        return nil
    }
}
