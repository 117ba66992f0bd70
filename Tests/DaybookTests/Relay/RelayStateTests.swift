import Daybook
import Testing

@Suite struct `The relay's state` {
    private func batches(_ actions: [RelayState.Action]) -> [RelayState.Batch] {
        actions.compactMap { if case .send(let batch) = $0 { batch } else { nil } }
    }

    private func confirmed(_ batch: RelayState.Batch) -> [PublicationOutcome] {
        Array(repeating: .confirmed, count: batch.limit)
    }

    @Test func `sends nothing before it is connected`() {
        var relay = RelayState(cursors: [0])
        let before = relay.headsMoved([5])
        let after = relay.connected()
        #expect(before.isEmpty && batches(after).map(\.limit) == [5])
    }

    @Test func `shares the window between the partitions`() {
        var relay = RelayState(cursors: [0, 0], window: 8)
        _ = relay.connected()
        let sent = batches(relay.headsMoved([100, 100]))
        #expect(sent.map(\.partition.index) == [0, 1, 0, 1])
        #expect(sent.reduce(0) { $0 + $1.limit } == 8)
    }

    @Test func `moves its cursor over a contiguous prefix only`() {
        var relay = RelayState(cursors: [0], window: 8)
        _ = relay.connected()
        let sent = batches(relay.headsMoved([8]))
        _ = relay.settled(sent[1], confirmed(sent[1]))
        #expect(relay.cursors == [0])
        _ = relay.settled(sent[0], confirmed(sent[0]))
        #expect(relay.cursors == [4])
    }

    @Test func `goes back on a refusal and probes with one entry`() {
        var relay = RelayState(cursors: [0, 0], window: 8)
        _ = relay.connected()
        let sent = batches(relay.headsMoved([4, 2]))
        let actions = relay.settled(sent[0], [.confirmed, .refused])
        #expect(actions.first == .probeLater(Partition(0), failures: 1, reason: .refused))
        #expect(relay.cursors[0] == 1 && relay.held == [Partition(0): .refused])
        // What was in flight behind it no longer counts.
        _ = relay.settled(sent[2], confirmed(sent[2]))
        #expect(relay.cursors[0] == 1)
        let probe = batches(relay.probe(Partition(0)))
        #expect(probe.map(\.after) == [1] && probe.map(\.limit) == [1])
        let rest = batches(relay.settled(probe[0], [.confirmed]))
        #expect(rest.map(\.after) == [2])
        #expect(relay.held.isEmpty)
        // The next refusal is the first one again.
        let refused = relay.settled(rest[0], Array(repeating: .refused, count: rest[0].limit))
        #expect(refused.first == .probeLater(Partition(0), failures: 1, reason: .refused))
    }

    @Test func `holds a partition at the entry that cannot be sent, and tells why`() {
        var relay = RelayState(cursors: [0, 0], window: 8)
        _ = relay.connected()
        let sent = batches(relay.headsMoved([2, 2]))
        _ = relay.settled(sent[0], [.confirmed, .unsendable("too large")])
        _ = relay.settled(sent[1], confirmed(sent[1]))
        #expect(relay.cursors == [1, 2] && relay.held == [Partition(0): .unsendable("too large")])
        let probe = batches(relay.probe(Partition(0)))
        _ = relay.settled(probe[0], confirmed(probe[0]))
        #expect(relay.cursors == [2, 2] && relay.held.isEmpty)
    }

    @Test func `holds an unroutable partition without holding others`() {
        var relay = RelayState(cursors: [0, 0], window: 4)
        _ = relay.connected()
        var open = batches(relay.headsMoved([1000, 40]))
        var rounds = 0
        while !open.isEmpty && rounds < 200 {
            rounds += 1
            let batch = open.removeFirst()
            let outcomes: [PublicationOutcome] =
                batch.partition.index == 0 ? Array(repeating: .unroutable, count: batch.limit) : confirmed(batch)
            open += batches(relay.settled(batch, outcomes))
        }
        #expect(relay.cursors == [0, 40] && relay.held == [Partition(0): .unroutable])
    }

    @Test func `sends again from its cursor after a lost connection`() {
        var relay = RelayState(cursors: [10], window: 8)
        _ = relay.connected()
        let sent = batches(relay.headsMoved([12]))
        relay.disconnected()
        _ = relay.settled(sent[0], confirmed(sent[0]))
        #expect(relay.cursors == [10])
        let again = batches(relay.connected())
        #expect(again.first?.after == 10)
    }
}
