import Daybook
import DaybookAPI
import Testing

@Suite struct `The filter of events` {
    private func filter(_ pairs: [(name: String, value: String)]) throws -> EventFilter {
        try EventFilter(QueryParameters(pairs: pairs, of: EventFilter.parameters))
    }

    @Test func `is the same once it stood in a request`() throws {
        let tags = [Daybook.Tag("a", "b:c"), Daybook.Tag("empty", ""), Daybook.Tag("accent", "\u{301}")]
        let filters = [
            EventFilter(), EventFilter(category: "user"), EventFilter(types: ["created", "renamed"], tags: tags),
        ]
        for filter in filters { #expect(try self.filter(filter.query) == filter) }
        #expect(filters.map(\.isEmpty) == [true, false, false])
        #expect(EventFilter(tags: tags).query.map(\.value) == ["a:b:c", "empty:", "accent:\u{301}"])
    }

    @Test(arguments: [
        ("category", "User"), ("category", "a-b"), ("category", ""), ("tag", "colour"), ("tag", ":red"), ("tag", ""),
    ])
    func `is refused where nothing could be meant`(name: String, value: String) {
        #expect(throws: QueryError.self) { try filter([(name: name, value: value)]) }
    }
}
