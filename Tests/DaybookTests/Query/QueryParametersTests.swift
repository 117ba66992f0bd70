import Daybook
import Testing

@Suite struct `The parameters of a query` {
    private static let declared = [
        QueryParameter("name", purpose: "a text"), QueryParameter("day", .date, purpose: "a day"),
        QueryParameter("at", .time, purpose: "a moment"),
        QueryParameter("count", .number(1...1000), purpose: "how many"),
        QueryParameter("active", .flag, purpose: "whether"),
        QueryParameter("order", .oneOf(["up", "down"]), purpose: "how"),
    ]

    @Test func `are read as what they are declared to be`() throws {
        let given = [
            "name": "", "day": "2026-11-01", "at": "2026-11-01T01:00:00+01:00", "count": "1000", "active": "false",
            "order": "down",
        ]
        let parameters = try QueryParameters(given, of: Self.declared, path: ["id": "ada"])
        #expect(parameters["name"]?.isEmpty == true && parameters["order"] == "down" && parameters["id"] == "ada")
        #expect(parameters.date("day")?.date == "2026-11-01" && parameters.time("at") == parameters.date("day"))
        #expect(parameters.number("count") == 1000 && parameters.flag("active") == false)
        let none = try QueryParameters([:], of: Self.declared)
        #expect(none["name"] == nil && none.date("day") == nil && none.flag("active") == nil && none.limit() == 100)
    }

    @Test(arguments: [
        ("day", "banana", "a date such as 2026-11-01"), ("day", "2026-02-30", "a date such as 2026-11-01"),
        ("day", "2026-11-01T00:00:00Z", "a date such as 2026-11-01"), ("day", "", "a date such as 2026-11-01"),
        ("at", "noon", "a date or an RFC 3339 time"), ("count", "0", "a number from 1 to 1000"),
        ("count", "+1", "a number from 1 to 1000"), ("count", "01", "a number from 1 to 1000"),
        ("count", "1e2", "a number from 1 to 1000"), ("count", "9223372036854775808", "a number from 1 to 1000"),
        ("active", "1", "true or false"), ("active", "", "true or false"), ("order", "Up", "one of up, down"),
        ("name", "grace\u{0}x", "text without U+0000"),
    ])
    func `are refused with what is expected`(name: String, value: String, expected: String) {
        #expect(throws: QueryError("\(name) must be \(expected)")) {
            try QueryParameters([name: value], of: Self.declared)
        }
    }

    @Test func `that nobody declared are refused by name`() {
        let error = #expect(throws: QueryError.self) { try QueryParameters(["emial": "x"], of: [.limit]) }
        #expect(error == QueryError("there is no parameter emial here, only limit", isUnknownParameter: true))
    }

    @Test func `are given once, or as often as they may be`() throws {
        let declared = [
            QueryParameter("type", maximumCount: 2, purpose: "one of these"), QueryParameter("name", purpose: "a text"),
        ]
        let types = [(name: "type", value: "b"), (name: "type", value: "a")]
        let parameters = try QueryParameters(pairs: types + [(name: "name", value: "ada")], of: declared)
        #expect(parameters.all("type") == ["b", "a"] && parameters["type"] == "b" && parameters["name"] == "ada")
        #expect(parameters.all("other").isEmpty)
        #expect(throws: QueryError("type is given more than 2 times")) {
            try QueryParameters(pairs: types + [(name: "type", value: "c")], of: declared)
        }
        #expect(throws: QueryError("name is given twice")) {
            try QueryParameters(pairs: [(name: "name", value: "a"), (name: "name", value: "a")], of: declared)
        }
    }

    @Test func `in its path are text`() {
        #expect(throws: QueryError.self) { try QueryParameters(path: ["id": "a\u{0}"]) }
    }

    @Test func `in its path are not replaced by those of the same name that are given with it`() throws {
        let parameters = try QueryParameters(["name": "eve"], of: Self.declared, path: ["name": "ada"])
        #expect(parameters["name"] == "ada")
    }
}
