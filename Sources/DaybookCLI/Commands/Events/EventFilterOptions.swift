import ArgumentParser
import Daybook
import DaybookAPI

/// The options that say which events are meant.
struct EventFilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only events of this category.", valueName: "category"))
    var category: String?

    @Option(
        name: .customLong("type"),
        help: ArgumentHelp("Only events of this type; may be given more than once.", valueName: "type"))
    var types: [String] = []

    @Option(
        name: .customLong("tag"),
        help: ArgumentHelp(
            "Only events that have this tag; with more than one, all of them.", valueName: "name:value"))
    var tags: [String] = []

    /// The filter of a request.
    ///
    /// - Throws: `ValidationError` at what can be no category or no tag.
    func filter() throws -> EventFilter {
        let categories = [category].compactMap(\.self).map { (name: "category", value: $0) }
        let types = types.map { (name: "type", value: $0) }
        let tags = tags.map { (name: "tag", value: $0) }
        do {
            return try EventFilter(QueryParameters(pairs: categories + types + tags, of: EventFilter.parameters))
        } catch {
            // It begins with the name of the parameter, which is that of the option.
            throw ValidationError("--\(error).")
        }
    }
}
