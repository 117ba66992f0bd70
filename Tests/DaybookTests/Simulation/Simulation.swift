import Daybook

/// A whole deployment in one value: stores, relays, a broker, two workers on one read model, in some runs a further
/// generation of it that is built and takes over, and a fate that drops, repeats, reorders, fails, reconnects, crashes
/// and restores, all from one seed.
///
/// It drives the same pure states that the daemons run, and looks after every step whether a guarantee is broken.
struct Simulation {
    /// A guarantee that is broken on purpose, to see that the simulation would notice.
    enum Sabotage: String, CaseIterable {
        /// 4: a refused entry counts as confirmed.
        case refusalCountsAsConfirm
        /// 4: a restarted relay goes on from what it had sent, not from what was confirmed.
        case cursorSavedWhenSent
        /// 5: the read model does not compare the checkpoint.
        case unguardedCheckpoint
        /// 5: rows and checkpoint are committed apart.
        case checkpointApart
        /// 5: heads are never asked for.
        case noHeadChecks
        /// 7: an event is set aside at its first failure.
        case noRetries
        /// 7: what comes behind a parked event of its stream is posted.
        case parkedStreamGoesOn
        /// 8: what takes over is not brought up to what serves.
        case promotionLosesRows
        /// 8: a worker that has missed the switch goes on posting.
        case generationNotCompared
        /// 9: the epoch that history tells is not compared.
        case epochIgnored
        /// 9: the event at the checkpoint is not compared.
        case anchorIgnored
    }

    struct Violation: Error, CustomStringConvertible { let description: String }

    static let partitionCount = 2
    static let sources: [Source] = ["writer", "other"]

    var fate: Fate
    let sabotage: Sabotage?
    /// Of the sources that there are: one, or in every fourth run two.
    let lanes: [Lane]
    var ledgers: [Ledger]
    /// Older copies of stores that may be restored.
    var backups: [(source: Int, ledger: Ledger)] = []
    /// The sources of which one was.
    var restored: Set<Int> = []
    var relays: [RelayShell]
    var broker: SimulatedBroker
    var generations = SimulatedGenerations()
    var workers: [WorkerShell]
    /// Feeds the generation that is built, while one is.
    private var builder: WorkerShell?
    /// Whether what is built has had everything once. Some time later it takes over.
    private var isBuilt = false
    /// Whether generations are built: in every fifth run.
    private let isRebuilt: Bool
    /// How much was done.
    private(set) var steps = 0
    private var events: UInt64 = 0
    /// How many rows each lane had when they were last looked at: they only grow.
    var checkedRows: [Lane: Int] = [:]

    init(seed: UInt64, sabotage: Sabotage? = nil) {
        fate = Fate(seed: seed)
        self.sabotage = sabotage
        let count = seed % 4 == 3 ? 2 : 1
        isRebuilt = seed % 5 == 0
        ledgers = (0..<count).map { source in
            Ledger(partitionCount: Self.partitionCount, epoch: UniqueID(high: 1, low: UInt64(source + 1)))
        }
        lanes = Self.sources.prefix(count).flatMap { source in
            Partition.all(Self.partitionCount).map { Lane(source: source, partition: $0) }
        }
        relays = ledgers.enumerated().map { RelayShell(source: $0, cursors: $1.cursors) }
        broker = SimulatedBroker(sourceCount: count, partitionCount: Self.partitionCount)
        workers = [WorkerShell(lanes: lanes), WorkerShell(lanes: lanes)]
    }

    /// Runs to the end.
    ///
    /// - Throws: ``Violation``.
    mutating func run() throws {
        for _ in 0..<140 * ledgers.count {
            try step(calm: false)
            try checkAlways()
        }
        // Fate rests: everything must come right by itself.
        for round in 0..<400 {
            // A worker that should have stopped gets some rounds to go wrong.
            if round >= (restored.isEmpty ? 1 : 20), (try? checkAtEnd()) != nil { return }
            for _ in 0..<8 * ledgers.count { try step(calm: true) }
            for source in ledgers.indices where !relays[source].isConnected { relays[source].connect(ledgers[source]) }
            for index in workers.indices { workers[index].tick(generations, calm: true) }
            builder?.tick(generations, calm: true)
            // By then what serves is ahead of what was built.
            if round >= 20 { try promote() }
            try checkAlways()
        }
        try checkAtEnd()
    }

    private mutating func step(calm: Bool) throws {
        steps += 1
        let source = fate.number(ledgers.count)
        if builder != nil && fate.number(3) == 0 { return try stepOfBuilder(calm: calm) }
        if !calm {
            switch fate.number(100) {
            case 0..<22: return append(to: source)
            case 22..<25: return backups.append((source, ledgers[source]))
            case 25..<27: return crashRelay(of: source)
            case 27..<29: return workers[fate.number(2)].crash(&broker)
            case 29..<30 where !backups.isEmpty && fate.number(4) == 0: return restore()
            case 30..<34: return broker.misbehave(&fate)
            case 34..<36: return workers[fate.number(2)].tick(generations, calm: false)
            case 36..<40 where isRebuilt: return rebuild()
            default: break
            }
        }
        if fate.number(2) == 0 {
            relays[source].step(&ledgers[source], &broker, &fate, calm: calm, sabotage)
        } else {
            try workers[fate.number(2)].step(ledgers, &broker, &generations, &fate, calm: calm, sabotage)
        }
    }

    // MARK: Rebuilds

    /// Begins to build a generation, unless one is being built.
    private mutating func rebuild() {
        guard generations.building == nil else { return }
        generations.build()
        builder = WorkerShell(lanes: lanes, isFedByQueue: false)
    }

    private mutating func stepOfBuilder(calm: Bool) throws {
        if isBuilt && !calm && fate.number(20) == 0 { try promote() }
        guard var builder, !isBuilt else { return }
        if !calm && fate.number(20) == 0 { builder.crash(&broker) }
        // It reads much, while the others wait for what comes.
        for _ in 0..<8 { try builder.step(ledgers, &broker, &generations, &fate, calm: calm, sabotage) }
        if fate.number(8) == 0 { builder.tick(generations, calm: calm) }
        isBuilt = builder.isCurrent
        self.builder = builder
    }

    /// Lets what is built take over, brought up to what serves.
    ///
    /// - Throws: ``Violation`` when readers see less than before.
    private mutating func promote() throws {
        guard isBuilt else { return }
        let before = generations.present
        if sabotage != .promotionLosesRows {
            for lane in lanes { try generations.bring(lane, from: ledgers[sourceIndex(of: lane)], &fate) }
        }
        generations.promote()
        builder = nil
        isBuilt = false
        checkedRows = [:]
        for lane in lanes where !restored.contains(sourceIndex(of: lane)) {
            let count = generations.present.rows[lane]?.count ?? 0
            let earlier = before.rows[lane]?.count ?? 0
            if count < earlier { throw Violation(description: "\(lane) had \(earlier) rows, and has \(count)") }
        }
    }

    private mutating func append(to source: Int) {
        events += 1
        let type = fate.number(30) == 0 ? "a.poison" : "a.happened"
        let event = NewEvent(
            id: EventID(high: events, low: restored.contains(source) ? 2 : 1), type: "happened",
            occurredAt: Timestamp(microseconds: Int64(events)), data: [], metadata: [],
            published: (0..<(1 + fate.number(2))).map { _ in .init(type: type, schemaVersion: 1, data: []) })
        let stream = StreamName(stored: "a-\(fate.number(3))")
        let request = AppendRequest(stream: stream, expected: .any, events: [event])
        _ = try? ledgers[source].append(request, now: Timestamp(microseconds: Int64(events)))
        relays[source].logGrew(ledgers[source])
    }

    /// The place of a lane's source among those that there are.
    func sourceIndex(of lane: Lane) -> Int { Self.sources.firstIndex(of: lane.source) ?? 0 }

    private mutating func crashRelay(of source: Int) {
        relays[source] = RelayShell(source: source, cursors: ledgers[source].cursors)
        broker.relayIsGone(source)
    }

    /// An older copy of a store comes back: as it was, or under a new epoch as a restore should.
    private mutating func restore() {
        let (source, backup) = backups[fate.number(backups.count)]
        restored.insert(source)
        ledgers[source] = fate.number(2) == 0 ? backup : backup.underNewEpoch(UniqueID(high: 2, low: events))
        crashRelay(of: source)
    }
}

/// Numbers from a seed (SplitMix64).
struct Fate: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func number(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
