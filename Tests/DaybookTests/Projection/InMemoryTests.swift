import Daybook
import Logging
import ServiceLifecycle
import Testing

/// The whole way of a fact without a file or a network: the real relay and the real runner over the ports in memory.
@Suite(.timeLimit(.minutes(2))) struct `In memory` {
    private struct Thing: Aggregate {
        enum Event: DomainEvent { case counted(by: Int) }
        enum Command: Codable, Sendable { case count(by: Int) }
        enum Failure: DomainFailure { case tooMuch }
        enum Published: IntegrationEvent {
            case counted(by: Int)
            static let namespace = "thing"
        }
        static let category: StreamCategory = "thing"
        var total = 0

        func handle(_ command: Command) throws(Failure) -> [Event] {
            guard case .count(let amount) = command, amount < 100 else { throw .tooMuch }
            return [.counted(by: amount)]
        }

        mutating func apply(_ event: Event) { if case .counted(let amount) = event { total += amount } }

        static func published(_ event: Event) -> [Published] {
            if case .counted(let amount) = event { [.counted(by: amount)] } else { [] }
        }
    }

    @Test(arguments: [0, 3])
    func `a command becomes a row, also when the broker loses messages`(every: Int64) async throws {
        let store = InMemoryStore()
        let broker = InMemoryBroker(source: "writer", epoch: store.epoch) {
            every > 0 && $0.offset.rawValue % every == 0
        }
        let readModel = InMemoryReadModel([String: Int]()) { rows, entry in
            rows[entry.stream.id, default: 0] += 1
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let runner = ProjectionRunner(
            name: "things", readModel: readModel, subscription: broker, history: LocalHistory(["writer": store]),
            sources: ["writer"], partitionCount: 8, headCheckInterval: .milliseconds(50), logger: logger)
        let relay = Relay(log: store, publisher: broker, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [relay, runner], logger: logger))
        async let running: Void = group.run()
        let things = Repository<Thing>(store: store)
        for number in 0..<200 { try await things.execute(.count(by: 1), on: "\(number % 20)") }
        let deadline = ContinuousClock.now + .seconds(10)
        // What history has told may not have been sent yet.
        func isUnderWay() -> Bool {
            readModel.view.values.reduce(0, +) < 200 || relay.status.cursors.map(\.rawValue).cappedSum < 200
        }
        while isUnderWay() && ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(readModel.view.count == 20 && readModel.view.values.allSatisfy { $0 == 10 })
        #expect(try await things.load("3").aggregate.total == 10)
        await group.triggerGracefulShutdown()
        try await running
        #expect(try await store.cursors() == store.heads())
    }

    @Test func `a refused command changes nothing, and its key gives the refusal again`() async throws {
        let things = Repository<Thing>(store: InMemoryStore())
        let record = IdempotencyRecord(actor: "a", route: "count", key: "k", requestHash: [1])
        let first = try await things.execute(.count(by: 100), on: "1", idempotency: record)
        #expect(first.refusal?.code == "too-much" && !first.isRepeated)
        let again = try await things.execute(.count(by: 100), on: "1", idempotency: record)
        #expect(again.refusal == first.refusal && again.isRepeated)
    }

    @Test func `keys that are composed in another way are others`() async throws {
        let things = Repository<Thing>(store: InMemoryStore())
        let keys = ["\u{e9}", "e\u{301}", "a\u{301}\u{323}", "a\u{323}\u{301}"]
        for key in keys {
            let record = IdempotencyRecord(actor: "a", route: "count", key: key, requestHash: [1])
            #expect(try await !things.execute(.count(by: 1), on: "1", idempotency: record).isRepeated)
        }
        let counted = try await things.load("1").aggregate.total
        #expect(counted == keys.count)
    }

    @Test func `concurrent commands on one aggregate are all decided on what was before them`() async throws {
        let things = Repository<Thing>(store: InMemoryStore(), attempts: 100)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<50 { tasks.addTask { try await things.execute(.count(by: 1), on: "1") } }
            try await tasks.waitForAll()
        }
        let loaded = try await things.load("1")
        #expect(loaded.aggregate.total == 50 && loaded.version == 50)
    }
}
