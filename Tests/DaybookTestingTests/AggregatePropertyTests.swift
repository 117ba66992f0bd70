import Daybook
import DaybookTesting
import Synchronization
import Testing

private enum Go: Codable, Sendable { case go }
private enum No: DomainFailure { case no }
private enum Happened: DomainEvent { case happened(number: Int) }

/// Decides by what nobody sees.
private struct Moody: Aggregate, Equatable {
    typealias Event = Happened
    typealias Command = Go
    typealias Failure = No

    static let category: StreamCategory = "moody"
    static let decisions = Mutex(0)
    var number = 0

    func handle(_ command: Go) throws(No) -> [Happened] {
        let number = Self.decisions.withLock { count in
            count += 1
            return count
        }
        return [.happened(number: number)]
    }
    mutating func apply(_ event: Happened) { if case .happened(let number) = event { self.number = number } }
}

/// Its events have what is not stored.
private struct Lossy: Aggregate, Equatable {
    typealias Command = Go
    typealias Failure = No
    enum Event: DomainEvent { case happened(detail: Detail) }
    struct Detail: Codable, Sendable {
        enum CodingKeys: CodingKey { case stored }
        var stored = true
        var lost = 0
    }

    static let category: StreamCategory = "lossy"
    var number = 0

    func handle(_ command: Go) throws(No) -> [Event] { [.happened(detail: Detail(lost: number + 1))] }
    mutating func apply(_ event: Event) { if case .happened(let detail) = event { number = detail.lost } }
}

/// What an event makes of it depends on how many were applied to others before.
private struct Entangled: Aggregate, Equatable {
    typealias Event = Happened
    typealias Command = Go
    typealias Failure = No

    static let category: StreamCategory = "entangled"
    static let applied = Mutex(0)
    var number = 0

    func handle(_ command: Go) throws(No) -> [Happened] { [.happened(number: 1)] }
    mutating func apply(_ event: Happened) {
        number = Self.applied.withLock { count in
            count += 1
            return count
        }
    }
}

/// Has what is not kept of it.
private struct Forgetful: Aggregate, Equatable {
    typealias Event = Happened
    typealias Command = Go
    typealias Failure = No
    enum CodingKeys: CodingKey {}

    static let category: StreamCategory = "forgetful"
    var number = 0

    func handle(_ command: Go) throws(No) -> [Happened] { [.happened(number: number + 1)] }
    mutating func apply(_ event: Happened) { if case .happened(let number) = event { self.number = number } }
}

@Suite struct `An aggregate of random commands` {
    private func broken<Subject: Aggregate & Equatable>(
        _ subject: Subject.Type
    ) -> String where Subject.Command == Go {
        let broken = #expect(throws: BrokenProperty.self) {
            try verifyProperties(of: Subject.self, sequences: 10, seed: 1) { _ in .go }
        }
        return broken?.description ?? ""
    }

    @Test func `passes where it keeps what it must`() throws {
        try verifyProperties(of: Basket.self, sequences: 100) { random in
            .fill(items: (0..<Int.random(in: 0...3, using: &random)).map { "item \($0)" })
        }
    }

    @Test func `is found out when it decides by more than its state and the command`() {
        #expect(broken(Moody.self).hasPrefix("command 1: decided twice, it gave\n"))
    }

    @Test func `is found out when its events lose something on being stored`() {
        #expect(broken(Lossy.self).hasPrefix("command 1: its stored events fold to\n"))
    }

    @Test func `is found out when folding from the beginning gives another state`() {
        #expect(broken(Entangled.self).hasPrefix("command 1: its stored events fold to\n"))
    }

    @Test func `is found out when its state loses something on being kept`() {
        let broken = broken(Forgetful.self)
        #expect(broken.hasPrefix("command 1: kept and read again it is\n"))
        // With what shows it again.
        #expect(broken.contains("(seed 1, one sequence)\n  go"))
    }
}
