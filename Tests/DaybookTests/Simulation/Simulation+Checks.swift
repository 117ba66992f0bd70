import Daybook

/// What must hold.
extension Simulation {
    private var readModel: SimulatedReadModel { generations.present }

    private func isRestored(_ lane: Lane) -> Bool { restored.contains(sourceIndex(of: lane)) }

    private func log(of lane: Lane) -> [LogEntry] { ledgers[sourceIndex(of: lane)].log[lane.partition.index] }

    /// What holds after every step.
    ///
    /// - Throws: ``Violation``.
    mutating func checkAlways() throws {
        for source in ledgers.indices where !restored.contains(source) {
            let prefix = broker.confirmedPrefix(of: source)
            for (index, cursor) in ledgers[source].cursors.enumerated() where cursor > prefix[index] {
                throw Violation(description: "cursor \(cursor) of partition \(index) passes an unconfirmed entry")
            }
        }
        if let lane = generations.postedTooLate {
            throw Violation(description: "\(lane) was posted to a generation that serves no more")
        }
        for lane in lanes {
            guard let rows = readModel.rows[lane], let first = rows.first, rows.count != checkedRows[lane] else {
                continue
            }
            checkedRows[lane] = rows.count
            // Whatever was restored: the rows are the beginning of one log, each entry once and in order.
            if rows.enumerated().contains(where: { $1.entry.offset.rawValue != Int64($0 + 1) }) {
                throw Violation(description: "\(lane) has rows \(rows.map(\.entry.offset))")
            }
            if !isRestored(lane), zip(rows, log(of: lane)).contains(where: { $0.id != $1.id }) {
                throw Violation(description: "\(lane) has other rows than the log")
            }
            if rows.contains(where: { $0.epoch != first.epoch }) {
                throw Violation(description: "\(lane) has rows of two epochs")
            }
            if let torn = readModel.tornRow(of: lane) {
                throw Violation(description: "\(lane): row \(torn) does not follow the row before it")
            }
            if let row = readModel.wronglyParked(of: lane) {
                throw Violation(description: "\(lane): row \(row) was set aside, or should have been")
            }
        }
    }

    /// What holds once everything has come right.
    ///
    /// - Throws: ``Violation``.
    func checkAtEnd() throws {
        for lane in lanes where isRestored(lane) { try checkAfterRestore(lane) }
        for source in ledgers.indices where !restored.contains(source) && !relays[source].isIdle {
            throw Violation(description: "a relay did not send everything")
        }
        for lane in lanes where !isRestored(lane) {
            let (rows, log) = (readModel.rows[lane] ?? [], log(of: lane))
            guard rows.map(\.id) == log.map(\.id) else {
                throw Violation(description: "\(lane) has \(rows.count) rows of \(log.count)")
            }
        }
        guard restored.isEmpty else { return }
        if generations.building != nil { throw Violation(description: "a build did not take over") }
        guard broker.queues.allSatisfy(\.isEmpty), !workers.contains(where: \.hasUnacknowledged) else {
            throw Violation(description: "messages are left that nobody acknowledges")
        }
    }

    /// A lane either stopped, or what it posted is the log as it is now.
    private func checkAfterRestore(_ lane: Lane) throws {
        let (rows, log) = (readModel.rows[lane] ?? [], log(of: lane))
        let epoch = ledgers[sourceIndex(of: lane)].epoch
        let agrees =
            rows.first.map { $0.epoch == epoch } ?? true
            && rows.count <= log.count && zip(rows, log).allSatisfy { $0.id == $1.id }
        let hasStopped = workers.contains { $0.hasStopped(lane) }
        if !agrees && !hasStopped {
            throw Violation(description: "\(lane) goes on although the log is another one")
        }
        if agrees && rows.count < log.count && !hasStopped {
            throw Violation(description: "\(lane) is not complete after a restore")
        }
    }
}
