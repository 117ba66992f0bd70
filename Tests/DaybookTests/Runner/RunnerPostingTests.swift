import Daybook
import Testing

@Suite(.timeLimit(.minutes(2))) struct `What a runner commits` {
    private typealias Fixture = RunnerFixture
    private struct Full: Error {}

    private let fixture = RunnerFixture(headCheckInterval: .seconds(3600))
    private let entries = (1...3).map { RunnerFixture.entry(0, $0) }

    init() {
        fixture.readModel.begin(at: entries[0])
        fixture.history.append(entries[0])
    }

    /// Lets the log grow once its end is known, so that the queue is the first to bring what is new.
    private func grow() async throws {
        try await fixture.eventually("history has answered") { $0.isCurrent }
        for entry in entries.dropFirst() { fixture.history.append(entry) }
    }

    @Test func `is acknowledged in its own session, whatever was open in the one before`() async throws {
        try await fixture.running {
            try await grow()
            await fixture.queue.bring(entries[1])
            try await fixture.eventually("the first is acknowledged") { _ in fixture.queue.acknowledged.count == 1 }
            fixture.readModel.whenCommitting { throw Full() }
            await fixture.queue.bring(entries[2])
            try await fixture.eventually("it cannot be committed") { $0.problem != nil }
            await fixture.queue.connectAnew()
            await fixture.queue.bring(entries[2])
            fixture.readModel.whenCommitting(nil)
            try await fixture.eventually("it is acknowledged") { _ in
                fixture.queue.acknowledged.last == Receipt(session: 2, partition: Partition(0), tag: 1)
            }
        }
    }

    @Test func `acknowledges no message of a session that began meanwhile`() async throws {
        let gate = Gate()
        fixture.readModel.whenCommitting { await gate.pass() }
        try await fixture.running {
            try await grow()
            await fixture.queue.bring(entries[1])
            await gate.arrived()
            await fixture.queue.connectAnew()
            // It has the tag of the message that is being committed.
            await fixture.queue.bring(entries[2])
            fixture.readModel.whenCommitting { throw Full() }
            gate.open()
            try await fixture.eventually("the next cannot be committed") { $0.posted == 2 && $0.problem != nil }
            #expect(fixture.queue.acknowledged.isEmpty)
            fixture.readModel.whenCommitting(nil)
            try await fixture.eventually("it is acknowledged") { _ in
                fixture.queue.acknowledged == [Receipt(session: 2, partition: Partition(0), tag: 1)]
            }
        }
    }

    @Test func `includes unreadable messages that could not be kept at first`() async throws {
        fixture.readModel.whenDecoding { _ in throw Full() }
        fixture.readModel.whenCommitting { throw Full() }
        try await fixture.running {
            try await grow()
            await fixture.queue.bring(entries[1])
            try await fixture.eventually("it cannot be kept") { $0.problem != nil }
            fixture.readModel.whenCommitting(nil)
            try await fixture.eventually("it is kept, and acknowledged") { $0.unreadable == 1 }
            try await fixture.eventually("it is acknowledged") { _ in fixture.queue.acknowledged.map(\.tag) == [1] }
        }
        #expect(fixture.readModel.unreadable.count == 1)
    }

    @Test func `at its end is what it has received by then`() async throws {
        let gate = Gate()
        fixture.readModel.whenCommitting { await gate.pass() }
        async let running: Void = fixture.runner.run()
        try await grow()
        await fixture.queue.bring(entries[1])
        await gate.arrived()
        await fixture.queue.bring(entries[2])
        fixture.runner.stop()
        gate.open()
        try await running
        #expect(fixture.readModel.posted.map(\.log.offset) == [2, 3])
        #expect(fixture.queue.acknowledged.last?.tag == 2)
    }

    @Test func `is nothing while it is paused, not even at its end`() async throws {
        fixture.runner.pause(true)
        try await fixture.running {
            try await grow()
            await fixture.queue.bring(entries[1], entries[2])
        }
        #expect(fixture.readModel.posted.isEmpty && fixture.queue.acknowledged.isEmpty)
    }
}
