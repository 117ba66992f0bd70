import Daybook
import DaybookAPI

/// Stored events as they are shown: in the present schema, and of those only what a filter asks for.
struct PresentEvents: Sendable {
    let filter: EventFilter
    /// The stored events that the filter may ask for: types that upcasters bring to one of its types are in it.
    let query: EventQuery
    /// The code that brings the events of a category to the present schema.
    private let served: [StreamCategory: CommandHandler.Served]

    init(served: [StreamCategory: CommandHandler.Served], filter: EventFilter = EventFilter()) {
        self.served = served
        self.filter = filter
        var names = Set(filter.types)
        for (category, served) in served where filter.category ?? category == category {
            for type in filter.types { names.formUnion(served.storedNames(type)) }
        }
        query = EventQuery(.init(category: filter.category, types: names, tags: filter.tags))
    }

    /// An event in the present schema, where its category is served here. One that cannot be brought there is shown as
    /// it is stored: it must not hide all that come after it.
    func parts(of event: StoredEvent) -> [StoredEvent] {
        guard let served = served[event.stream.category] else { return [event].filter { isOfType($0) } }
        do { return try served.upcast(event).filter { isOfType($0) } } catch {
            // It may be of a type that is asked for.
            let isAsked = filter.types.contains { served.storedNames($0).contains(event.type) }
            return filter.types.isEmpty || isAsked ? [event] : []
        }
    }

    private func isOfType(_ event: StoredEvent) -> Bool { filter.types.isEmpty || filter.types.contains(event.type) }
}
