import Daybook

/// A small domain, for the tests of the kit itself.
struct Basket: Aggregate, Equatable {
    enum Event: DomainEvent, Equatable { case added(item: String) }
    enum Command: Codable, Sendable { case fill(items: [String]) }
    enum Failure: DomainFailure, Equatable { case full(limit: Int) }

    static let category: StreamCategory = "basket"
    var items: [String] = []

    func handle(_ command: Command) throws(Failure) -> [Event] {
        guard case .fill(let items) = command, self.items.count + items.count <= 3 else { throw .full(limit: 3) }
        return items.map { .added(item: $0) }
    }

    mutating func apply(_ event: Event) { if case .added(let item) = event { items.append(item) } }
}
