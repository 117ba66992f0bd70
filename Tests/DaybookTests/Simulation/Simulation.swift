import Daybook

/// A whole deployment in one value: store, relay, broker, two workers on one read model, and a fate that drops,
/// repeats, reorders, crashes and restores, all from one seed.
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
        /// 9: the epoch that history tells is not compared.
        case epochIgnored
        /// 9: the event at the checkpoint is not compared.
        case anchorIgnored
    }

    struct Violation: Error, CustomStringConvertible { let description: String }

    static let partitionCount = 2
    static let source: Source = "writer"

    var fate: Fate
    let sabotage: Sabotage?
    var ledger = Ledger(partitionCount: partitionCount, epoch: UniqueID(high: 1, low: 1))
    /// Older copies of the store that may be restored.
    var backups: [Ledger] = []
    var wasRestored = false
    var relay: RelayShell
    var broker: SimulatedBroker
    var readModel = SimulatedReadModel()
    var workers = [WorkerShell(), WorkerShell()]
    private var events: UInt64 = 0
    /// How many rows each partition had when they were last looked at: they only grow.
    private var checkedRows = [Int](repeating: 0, count: partitionCount)

    init(seed: UInt64, sabotage: Sabotage? = nil) {
        fate = Fate(seed: seed)
        self.sabotage = sabotage
        relay = RelayShell(cursors: ledger.cursors)
        broker = SimulatedBroker(partitionCount: Self.partitionCount)
    }

    /// Runs to the end.
    ///
    /// - Throws: ``Violation``.
    mutating func run() throws {
        for _ in 0..<140 {
            try step(calm: false)
            try checkAlways()
        }
        // Fate rests: everything must come right by itself.
        for round in 0..<400 {
            // A worker that should have stopped gets some rounds to go wrong.
            if round >= (wasRestored ? 20 : 1), (try? checkAtEnd()) != nil { return }
            for _ in 0..<8 { try step(calm: true) }
            if !relay.isConnected { relay.connect(ledger) }
            for index in workers.indices { workers[index].tick(readModel) }
            try checkAlways()
        }
        try checkAtEnd()
    }

    private mutating func step(calm: Bool) throws {
        if !calm {
            switch fate.number(100) {
            case 0..<22: return append()
            case 22..<25: return backups.append(ledger)
            case 25..<27: return crashRelay()
            case 27..<29: return workers[fate.number(2)].crash(&broker)
            case 29..<30 where !backups.isEmpty && fate.number(4) == 0: return restore()
            case 30..<34: return broker.misbehave(&fate)
            case 34..<36: return workers[fate.number(2)].tick(readModel)
            default: break
            }
        }
        if fate.number(2) == 0 {
            relay.step(&ledger, &broker, &fate, calm: calm, sabotage)
        } else {
            try workers[fate.number(2)].step(ledger, &broker, &readModel, &fate, calm: calm, sabotage)
        }
    }

    private mutating func append() {
        events += 1
        let event = NewEvent(
            id: EventID(high: events, low: wasRestored ? 2 : 1), type: "happened",
            occurredAt: Timestamp(microseconds: Int64(events)), data: [], metadata: [],
            published: (0..<(1 + fate.number(2))).map { _ in .init(type: "a.happened", schemaVersion: 1, data: []) })
        let stream = StreamName(stored: "a-\(fate.number(3))")
        let request = AppendRequest(stream: stream, expected: .any, events: [event])
        _ = try? ledger.append(request, now: Timestamp(microseconds: Int64(events)))
        relay.logGrew(ledger)
    }

    private mutating func crashRelay() {
        relay = RelayShell(cursors: ledger.cursors)
        broker.relayIsGone()
    }

    /// An older copy of the store comes back: as it was, or under a new epoch as a restore should.
    private mutating func restore() {
        let backup = backups[fate.number(backups.count)]
        wasRestored = true
        ledger = fate.number(2) == 0 ? backup : backup.underNewEpoch(UniqueID(high: 2, low: events))
        crashRelay()
    }

    // MARK: What must hold

    private mutating func checkAlways() throws {
        if !wasRestored {
            for (index, cursor) in ledger.cursors.enumerated() where cursor > broker.confirmedPrefix[index] {
                throw Violation(description: "cursor \(cursor) of partition \(index) passes an unconfirmed entry")
            }
        }
        for (partition, rows) in readModel.rows.enumerated() where rows.count != checkedRows[partition] {
            guard let first = rows.first else { continue }
            checkedRows[partition] = rows.count
            // Whatever was restored: the rows are the beginning of one log, each entry once and in order.
            if rows.enumerated().contains(where: { $1.offset.rawValue != Int64($0 + 1) }) {
                throw Violation(description: "partition \(partition) has rows \(rows.map(\.offset))")
            }
            if !wasRestored, zip(rows, ledger.log[partition]).contains(where: { $0.id != $1.id }) {
                throw Violation(description: "partition \(partition) has other rows than the log")
            }
            if rows.contains(where: { $0.epoch != first.epoch }) {
                throw Violation(description: "partition \(partition) has rows of two epochs")
            }
            if let torn = readModel.tornRow(in: partition) {
                throw Violation(description: "partition \(partition): row \(torn) does not follow the row before it")
            }
        }
    }

    private func checkAtEnd() throws {
        guard !wasRestored else { return try checkAfterRestore() }
        guard relay.isIdle else { throw Violation(description: "the relay did not send everything") }
        guard broker.queues.allSatisfy(\.isEmpty), !workers.contains(where: \.hasUnacknowledged) else {
            throw Violation(description: "messages are left that nobody acknowledges")
        }
        for partition in 0..<Self.partitionCount
        where readModel.rows[partition].map(\.id) != ledger.log[partition].map(\.id) {
            throw Violation(
                description: "partition \(partition) has \(readModel.rows[partition].count) rows of "
                    + "\(ledger.log[partition].count)")
        }
    }

    /// A lane either stopped, or what it posted is the log as it is now.
    private func checkAfterRestore() throws {
        for (partition, rows) in readModel.rows.enumerated() {
            let log = ledger.log[partition]
            let agrees =
                rows.first.map { $0.epoch == ledger.epoch } ?? true
                && rows.count <= log.count && zip(rows, log).allSatisfy { $0.id == $1.id }
            let hasStopped = workers.contains { $0.hasStopped(partition) }
            if !agrees && !hasStopped {
                throw Violation(description: "partition \(partition) goes on although the log is another one")
            }
            if agrees && rows.count < log.count && !hasStopped {
                throw Violation(description: "partition \(partition) is not complete after a restore")
            }
        }
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
