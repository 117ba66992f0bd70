import Daybook
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A projection's runner` {
    private typealias Fixture = RunnerFixture
    private struct Full: Error {}

    @Test func `passes on an event of a later schema version in its turn, and keeps no message of it`() async throws {
        let fixture = Fixture()
        fixture.readModel.whenDecoding { entry in
            if entry.offset == 2, let later = LaterSchemaVersion(2, of: entry.type, known: [:]) { throw later }
        }
        let entries = (1...3).map { Fixture.entry(0, $0) }
        fixture.readModel.begin(at: entries[0])
        for entry in entries { fixture.history.append(entry) }
        try await fixture.running {
            await fixture.queue.bring(entries[1], entries[2])
            try await fixture.eventually("all is posted") { $0.posted == 3 }
        }
        let posted = fixture.readModel.posted
        #expect(posted.map(\.log.offset) == [2, 3] && fixture.readModel.unreadable.isEmpty)
        let undecodable = posted.first?.event as? UndecodableEvent
        #expect(undecodable?.description.contains("update this program first") == true)
    }

    @Test func `stops all lanes of a source whose log differs in one partition`() async throws {
        let fixture = Fixture()
        let (first, other) = (Fixture.entry(0, 1), Fixture.entry(1, 1))
        fixture.readModel.begin(at: first, other)
        // A copy of the store that has grown in another way, which keeps its epoch: the second partition looks right.
        fixture.history.append(Fixture.entry(0, 1, log: 1), other, Fixture.entry(1, 2))
        try await fixture.running {
            await fixture.queue.bring(Fixture.entry(1, 2))
            try await fixture.eventually("all lanes stop") { $0.lanes.allSatisfy { $0.state == .stopped } }
        }
        #expect(fixture.readModel.posted.isEmpty)
    }

    @Test func `acknowledges nothing before it is committed`() async throws {
        let fixture = Fixture()
        let entries = (1...3).map { Fixture.entry(0, $0) }
        fixture.readModel.begin(at: entries[0])
        for entry in entries { fixture.history.append(entry) }
        let attempts = Mutex(0)
        let acknowledged = Mutex<[Receipt]>([])
        fixture.readModel.whenCommitting { [queue = fixture.queue] in
            acknowledged.withLock { $0 += queue.acknowledged }
            try attempts.withLock { count in
                count += 1
                if count < 2 { throw Full() }
            }
        }
        try await fixture.running {
            await fixture.queue.bring(entries[1], entries[2])
            try await fixture.eventually("it is committed") { $0.posted == 3 && $0.problem == nil }
            #expect(acknowledged.withLock { $0.isEmpty } && attempts.withLock { $0 } >= 2)
            try await fixture.eventually("it is acknowledged") { _ in fixture.queue.acknowledged.last?.tag == 2 }
        }
    }

    @Test func `survives a history that tells an impossible end`() async throws {
        let fixture = Fixture()
        fixture.history.claim(head: Offset(rawValue: .max))
        try await fixture.running {
            try await fixture.eventually("it is told") { $0.lag == .max }
            fixture.history.claim(head: nil)
            fixture.history.append(Fixture.entry(0, 1))
            try await fixture.eventually("all is posted") { $0.lag == 0 && $0.posted == 1 }
        }
    }

    @Test(arguments: [false, true])
    func `is well again when another worker has posted what it could not`(isEventToBlame: Bool) async throws {
        let fixture = Fixture(policy: FailurePolicy(retries: 100, longestWait: .seconds(60)))
        let (first, second) = (Fixture.entry(0, 1), Fixture.entry(0, 2))
        fixture.readModel.begin(at: first)
        fixture.history.append(first, second)
        fixture.readModel.whenCommitting {
            guard isEventToBlame else { throw Full() }
            throw EventFailure(lane: Fixture.lane(0), entry: second, reason: "it cannot be")
        }
        try await fixture.running {
            // From history, so that there is nothing to acknowledge afterwards either.
            try await fixture.eventually("it is not well") { status in
                isEventToBlame ? status.lanes.contains { $0.state == .failing } : status.problem != nil
            }
            fixture.readModel.begin(at: second)
            try await fixture.eventually("it is well, and looks at the log again") { status in
                status.trouble == nil && status.posted == 2 && status.lanes.allSatisfy { $0.state == .live }
            }
        }
    }

    @Test func `gives its queues up when another worker has posted what it was about to`() async throws {
        let fixture = Fixture()
        let (first, second) = (Fixture.entry(0, 1), Fixture.entry(0, 2))
        fixture.readModel.begin(at: first)
        fixture.history.append(first, second)
        fixture.readModel.whenCommitting { [readModel = fixture.readModel] in readModel.begin(at: second) }
        try await fixture.running {
            await fixture.queue.bring(second)
            try await fixture.eventually("they are given up") { _ in fixture.queue.reconnects > 0 }
        }
        #expect(fixture.readModel.posted.isEmpty)
    }

    @Test func `tells how many events it is behind while it is paused`() async throws {
        let fixture = Fixture()
        for offset in 1...3 { fixture.history.append(Fixture.entry(0, Int64(offset)), Fixture.entry(1, Int64(offset))) }
        fixture.readModel.begin(at: Fixture.entry(0, 1))
        fixture.runner.pause(true)
        try await fixture.running {
            try await fixture.eventually("the lag is told") { $0.lag == 5 }
            #expect(fixture.runner.status.lanes.map(\.lag) == [2, 3] && fixture.readModel.posted.isEmpty)
            fixture.runner.pause(false)
            try await fixture.eventually("the lag is gone") { $0.lag == 0 && $0.posted == 6 }
        }
    }
}
