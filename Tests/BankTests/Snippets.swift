import Daybook
import DaybookAPI
import DaybookCLI
import DaybookClient
import DaybookSQLite
import DaybookTesting
import DaybookWorker
import DaybookWriter
import Testing

// What the README and the articles show of the bank, see `The code in the documentation`.

private struct BankWriter {
    static func main() async {
        await WriterDaemon.main(name: "bank-writer", aggregates: [CommandHandler(Account.self)], store: .sqlite)
    }
}

private struct BalancesWorker {
    static func main() async {
        await WorkerDaemon.main(name: "balances-worker", projection: .sqlite(BalancesProjection()), httpPort: 8081)
    }
}

private func callsOfTheBank() async throws {
    let bank = try DaemonEndpoint(url: "http://127.0.0.1:8080")
    let balances = try DaemonEndpoint(url: "http://127.0.0.1:8081")
    try await DaemonSession.run { session in
        let writer = WriterClient(at: bank, over: session)
        let deposit = try CommandMessage(encoding: Account.Command.deposit(amount: 100), to: "account", id: "42")
        let done = try await writer.send(deposit, retries: .standard).document

        let worker = WorkerClient(at: balances, over: session)
        let balance: Received<EncodedJSON> = try await worker.query(["balances", "42"], token: done.token)
        print(balance.text)

        for try await event in writer.events() { print(event.document.type) }
        let deposits = EventFilter(category: "account", types: ["deposited"])
        for event in try await writer.lastEvents(10, matching: deposits) { print(event.text) }
    }
}

private func manyCallsOfTheBank(_ writer: WriterClient) async throws {
    let deposits = try (1...1000).map { number in
        try CommandMessage(encoding: Account.Command.deposit(amount: number), to: "account", id: "42")
    }
    for try await response in writer.responses(to: deposits) {
        do { _ = try response.document.get() } catch { print(response.document.line ?? 0, error) }
    }
}

private func toolOfTheBank() async {
    await DaybookCommand.main(Domain(aggregates: [Account.self], projections: [BalancesProjection()]))
}

private func toolOfTheBankInTwoLines() async {
    await DaybookCommand.main(
        Domain(aggregates: [Account.self], projections: [BalancesProjection()]))
}

extension AccountEvent {
    static let catalogue: [EventDescription<AccountEvent>] = [
        EventDescription(.opened(owner: "Ada"), "An account was opened.", since: "2026-11-23"),
        EventDescription(.deposited(amount: 10), "Money came in.", since: "2026-11-23"),
    ]
}

private struct Mails: Sendable {
    func send(_ text: String, idempotencyKey: String) async throws {}
}

private let mails = Mails()

private struct Greeting: Reaction {
    static let name = "greeting"
    func react(to event: BankEvent, from entry: LogEntry, key: String) async throws {
        guard case .accountOpened(let owner) = event else { return }
        try await mails.send("Welcome, \(owner)", idempotencyKey: key)
    }
}

@Test func `an account cannot be overdrawn`() throws {
    try given(Account.self, .opened(owner: "Ada"), .deposited(amount: 10))
        .when(.withdraw(amount: 20)).thenFails(.overdrawn(balance: 10))
}

@Test func `balances are what was paid in and out`() async throws {
    try await given(BalancesProjection())
        .on("account-1", .accountOpened(owner: "Ada"), .balanceMoved(by: 50))
        .on("account-2", at: "2026-11-01T09:00Z", .accountOpened(owner: "Grace"))
        .on("account-1", .balanceMoved(by: -20))
        .thenRows(of: "balances", [["account": "1", "balance": 30], ["account": "2", "balance": 0]])
}

@Test func `balances come out the same in chaos`() async throws {
    try await verifyProjection(
        BalancesProjection(),
        events: [
            ("account-1", .accountOpened(owner: "Ada")), ("account-2", .accountOpened(owner: "Grace")),
            ("account-1", .balanceMoved(by: 50)), ("account-2", .balanceMoved(by: 70)),
        ])
}

@Suite struct `What the articles show of accounts` {
    @Test func `has a clock and ids of its own`() async throws {
        let (clock, ids) = (ManualClock(), SequentialIDs())
        let store = InMemoryStore(now: clock.now)
        let accounts = Repository<Account>(store: store, now: clock.now, makeID: ids.next)
        try await accounts.execute(.open(owner: "Ada"), on: "1")
        clock.advance(by: .seconds(86_400))
        try await accounts.execute(.deposit(amount: 50), on: "1")
        #expect(try await accounts.load("1", at: .time(ManualClock.start)).aggregate.balance == 0)
    }

    @Test func `moves money between two of them at once`() async throws {
        let store = InMemoryStore()
        let accounts = Repository<Account>(store: store)
        for id in ["ada", "eve"] { try await accounts.execute(.open(owner: id), on: id) }
        try await accounts.execute(.deposit(amount: 50), on: "ada")
        let answers = try await store.append([
            accounts.decide(.withdraw(amount: 20), on: "ada"),
            accounts.decide(.deposit(amount: 20), on: "eve"),
        ])
        #expect(answers.count == 2)
        #expect(try await accounts.load("eve").aggregate.balance == 20)
    }
}
