import Daybook

/// A type of event with what is known of all events of its aggregate.
struct CataloguedEvent: Sendable {
    /// Its readers.
    enum Kind: String, Sendable {
        /// Stored, private to its domain.
        case domain
        /// Published.
        case integration
    }

    let category: String
    let owner: String
    let kind: Kind
    let entry: CatalogueEntry

    /// The type with what it belongs to: `user.created`. Of a domain event that is its category.
    var name: String { kind == .domain ? "\(category).\(entry.type)" : entry.type }

    /// `true` when somebody who wrote this may have meant it: `created`, `user.created`.
    func isMeant(by text: String) -> Bool { text == name || text == name.drop { $0 != "." }.dropFirst() }

    /// All of it.
    var json: JSONData {
        guard case .object(let members) = entry.json else { return entry.json }
        let more: [String: JSONData] = [
            "category": .text(category), "owner": .text(owner), "kind": .text(kind.rawValue),
        ]
        return .object(members.merging(more) { $1 })
    }
}

extension Catalogue {
    /// What is stored, then what is published.
    var all: [CataloguedEvent] {
        events.map { CataloguedEvent(category: category, owner: owner, kind: .domain, entry: $0) }
            + published.map { CataloguedEvent(category: category, owner: owner, kind: .integration, entry: $0) }
    }
}

extension Domain {
    /// The catalogue that the code gives of each aggregate, in the order of the categories.
    ///
    /// - Throws: `CatalogueError`.
    func catalogues() throws -> [Catalogue] {
        try aggregates.map { try Catalogue($0) }.sorted { $0.category < $1.category }
    }
}
