@testable import Daybook

/// Does what ``RelayState`` asks for, one thing at a time.
struct RelayShell {
    private let source: Int
    private var state: RelayState
    private var actions: [RelayState.Action] = []
    private var held: [Partition] = []
    private(set) var isConnected = false

    init(source: Int, cursors: [Offset]) {
        self.source = source
        state = RelayState(cursors: cursors, window: 8)
    }

    var isIdle: Bool { isConnected && state.isIdle }

    mutating func connect(_ ledger: Ledger) {
        isConnected = true
        actions = state.connected() + state.headsMoved(heads(ledger))
        held = []
    }

    mutating func logGrew(_ ledger: Ledger) { actions += state.headsMoved(heads(ledger)) }

    private func heads(_ ledger: Ledger) -> [Offset] { ledger.log.map { Offset(rawValue: Int64($0.count)) } }

    mutating func step(
        _ ledger: inout Ledger, _ broker: inout SimulatedBroker, _ fate: inout Fate, calm: Bool,
        _ sabotage: Simulation.Sabotage?
    ) {
        guard isConnected else { return connect(ledger) }
        switch fate.number(8) {
        case 0 where !held.isEmpty: actions += state.probe(held.remove(at: fate.number(held.count)))
        case 1 where !calm && fate.number(6) == 0:
            state.disconnected()
            isConnected = false
            broker.relayIsGone(source)
        case 2:
            let cursors = sabotage == .cursorSavedWhenSent ? heads(ledger) : state.cursors
            ledger.moveCursors(Dictionary(uniqueKeysWithValues: cursors.enumerated().map { (Partition($0), $1) }))
        case 3..<6 where !broker.flights[source].isEmpty:
            // The broker's word on batches comes in any order.
            let flight = broker.flights[source].remove(at: fate.number(broker.flights[source].count))
            let outcomes =
                sabotage == .refusalCountsAsConfirm ? flight.outcomes.map { _ in .confirmed } : flight.outcomes
            actions += state.settled(flight.batch, outcomes)
        default:
            guard !actions.isEmpty else { return }
            switch actions.removeFirst() {
            case .probeLater(let partition, _, _): held.append(partition)
            case .send(let batch):
                let entries = ledger.slice(
                    batch.partition, after: batch.after, limit: batch.limit, maximumBytes: .max
                ).entries
                broker.take(batch, entries, of: source, ledger.epoch, &fate, calm: calm)
            }
        }
    }
}
