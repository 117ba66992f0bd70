import Daybook
import DaybookAPI
import Testing

@Suite struct `An integration event in JSON` {
    private func members(_ event: LogEventResponse) throws -> [String: JSONData] {
        guard case .object(let members) = try EncodedJSON(JSON.encode(event)).value() else { return [:] }
        return members
    }

    @Test func `has the names and values of the message on the broker, all of them texts`() throws {
        let event = LogEventResponse.example
        var expected: [String: JSONData] = ["datacontenttype": "application/json"]
        for (attribute, value) in try event.cloudEvent.attributes() { expected[attribute.name] = .text(value) }
        expected["data"] = ["email": "ada@example.com", "name": "Ada Lovelace"]
        #expect(try members(event) == expected)
        #expect(expected["partition"] == "3" && expected["offset"] == "5" && expected["specversion"] == "1.0")
    }

    @Test func `has the data byte for byte`() throws {
        var event = LogEventResponse.example
        var entry = event.cloudEvent.entry
        entry.data = Array(#"{ "weight" : 1.50 }"#.utf8)[...]
        event.cloudEvent = CloudEvent(source: "boxes", epoch: event.cloudEvent.epoch, entry: entry)
        let line = try JSON.encode(event)
        #expect(String(decoding: line, as: UTF8.self).contains(#""data":{ "weight" : 1.50 },"#))
        #expect(try JSON.decode(LogEventResponse.self, from: line) == event)
    }

    @Test(
        arguments: [
            ("id", nil), ("offset", "0"), ("offset", 5), ("partition", "p03"), ("epoch", "x"), ("subject", "ada"),
            ("custom", "[]"), ("specversion", "0.3"), ("datacontenttype", "text/plain"), ("data", nil),
        ] as [(String, JSONData?)])
    func `is read only if it is one of a log`(name: String, value: JSONData?) throws {
        var members = try members(.example)
        members[name] = value
        let bytes = JSONData.object(members).bytes
        #expect(throws: DecodingError.self) { try JSON.decode(LogEventResponse.self, from: bytes) }
    }

    @Test func `is on a page that says whether more has come`() {
        var page = LogPageResponse.example
        #expect(page.isCurrent)
        page.head = 6
        #expect(!page.isCurrent)
    }
}
