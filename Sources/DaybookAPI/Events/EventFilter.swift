public import Daybook

/// The events that a reader asks for. What is empty or `nil` asks nothing.
public struct EventFilter: Sendable, Hashable {
    public var category: StreamCategory?
    /// The types with which events are shown: one of these.
    public var types: [String]
    /// The tags of an event: all of these.
    public var tags: [Tag]

    public init(category: StreamCategory? = nil, types: [String] = [], tags: [Tag] = []) {
        self.category = category
        self.types = types
        self.tags = tags
    }

    /// `true` when every event is asked for.
    public var isEmpty: Bool { category == nil && types.isEmpty && tags.isEmpty }
}

/// A filter in the query of a request.
extension EventFilter {
    /// The parameters that it stands in.
    public static let parameters = [
        QueryParameter("category", purpose: "only events of streams of this category"),
        QueryParameter(
            "type", maximumCount: 20, purpose: "only events that are shown with this type, or another one given so"),
        QueryParameter("tag", maximumCount: 10, purpose: "only events that have this tag, name:value, and all others"),
    ]

    /// Reads the parameters of a request.
    ///
    /// - Throws: `QueryError` at what can be no category or no tag.
    public init(_ parameters: QueryParameters) throws(QueryError) {
        let category = parameters["category"].map { StreamCategory(stringLiteral: $0) }
        if let category {
            // A hyphen would begin the id.
            let stream = try? StreamName(category: category, id: "1")
            guard stream?.category == category else {
                throw QueryError("category must be lower-case letters, digits and _, a letter first")
            }
        }
        var tags: [Tag] = []
        for text in parameters.all("tag") {
            guard let tag = Tag(parameter: text) else { throw QueryError("tag must be name:value") }
            tags.append(tag)
        }
        self.init(category: category, types: parameters.all("type"), tags: tags)
    }

    /// The parameters of a request, by name.
    public var query: [(name: String, value: String)] {
        let categories = [category].compactMap(\.self).map { (name: "category", value: $0.description) }
        let types = types.map { (name: "type", value: $0) }
        return categories + types + tags.map { (name: "tag", value: $0.description) }
    }
}

extension Tag {
    /// Reads `name:value`; the name ends at the first colon.
    fileprivate init?(parameter text: String) {
        // An accent behind the colon makes one character of both: what counts is the byte.
        let name = text.utf8.prefix { $0 != UInt8(ascii: ":") }
        guard !name.isEmpty, name.count < text.utf8.count else { return nil }
        self.init(String(Substring(name)), String(Substring(text.utf8.dropFirst(name.count + 1))))
    }
}
