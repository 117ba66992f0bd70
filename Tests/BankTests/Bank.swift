import Daybook
import DaybookSQLite
import GRDB

// A second domain, whole: what someone writes to have a store, an HTTP API, a relay and a read model for it. It is the
// one of the article `TheBank`, see `The code in the documentation`.

enum AccountEvent: DomainEvent, Equatable {
    case opened(owner: String)
    case deposited(amount: Int)
    case withdrawn(amount: Int)
}

struct Account: Aggregate {
    enum Command: Codable, Sendable {
        case open(owner: String)
        case deposit(amount: Int)
        case withdraw(amount: Int)
    }
    enum Failure: DomainFailure, Equatable {
        case alreadyOpen, notOpen, invalidAmount, balanceTooLarge
        case overdrawn(balance: Int)
    }
    static let category: StreamCategory = "account"
    private(set) var owner: String?
    private(set) var balance = 0

    func handle(_ command: Command) throws(Failure) -> [AccountEvent] {
        switch command {
        case .open(let owner):
            guard self.owner == nil else { throw .alreadyOpen }
            return [.opened(owner: owner)]
        case .deposit(let amount):
            guard owner != nil else { throw .notOpen }
            guard amount > 0 else { throw .invalidAmount }
            guard !balance.addingReportingOverflow(amount).overflow else { throw .balanceTooLarge }
            return [.deposited(amount: amount)]
        case .withdraw(let amount):
            guard owner != nil else { throw .notOpen }
            guard amount > 0 else { throw .invalidAmount }
            guard amount <= balance else { throw .overdrawn(balance: balance) }
            return [.withdrawn(amount: amount)]
        }
    }

    mutating func apply(_ event: AccountEvent) {
        switch event {
        case .opened(let owner): self.owner = owner
        case .deposited(let amount): balance += amount
        case .withdrawn(let amount): balance -= amount
        }
    }
}

enum BankEvent: IntegrationEvent {
    case accountOpened(owner: String)
    case balanceMoved(by: Int)

    enum CodingKeys: String, CodingKey {
        case accountOpened = "account-opened"
        case balanceMoved = "balance-moved"
    }

    static let namespace = "bank"
}

extension Account {
    static func published(_ event: AccountEvent) -> [BankEvent] {
        switch event {
        case .opened(let owner): [.accountOpened(owner: owner)]
        case .deposited(let amount): [.balanceMoved(by: amount)]
        case .withdrawn(let amount): [.balanceMoved(by: -amount)]
        }
    }
}

struct BalancesProjection: SQLiteProjection {
    static let name = "balances"
    static let version = 1

    static func createTables(in db: Database) throws {
        try db.execute(
            sql: "CREATE TABLE balances(account TEXT PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL)")
    }

    func apply(_ event: BankEvent, from entry: LogEntry, in db: Database) throws {
        switch event {
        case .accountOpened(let owner):
            try db.execute(sql: "INSERT INTO balances VALUES(?, ?, 0)", arguments: [entry.stream.id, owner])
        case .balanceMoved(let amount):
            try db.execute(
                sql: "UPDATE balances SET balance = balance + ? WHERE account = ?",
                arguments: [amount, entry.stream.id])
        }
    }

    static let queries = [
        ReadModelQuery("balances/{account}") { parameters, db in
            try Int.fetchOne(
                db, sql: "SELECT balance FROM balances WHERE account = ?", arguments: [parameters["account"]]
            ).map { ["balance": $0] }
        }
    ]
}
