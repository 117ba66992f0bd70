import Daybook
import DaybookAPI
import Testing

@testable import DaybookCLI

@Suite struct `What the tool shows of an event` {
    @Test(arguments: [
        "18446744073709551615", "-9223372036854775809", "0.1000000000000000055511151231257827", "1.10", "1e400", "-0",
    ])
    func `has the digits that are stored`(digits: String) throws {
        let line = #"""
            {"position":1,"epoch":"01a2239a-5a10-7000-ab6a-d66cbc409a61","id":"01a2239a-5a10-7000-ab6a-d66cbc409a62",
            "stream":"a-1","version":1,"type":"t","schemaVersion":1,"occurredAt":"2026-11-28T09:00:00.000000Z",
            "recordedAt":"2026-11-28T09:00:00.000000Z","metadata":{},
            "data":{"list":[\#(digits)],"number":\#(digits)},"state":{"number":\#(digits)}}
            """#
        let event = try JSON.decode(EventResponse.self, from: Array(line.utf8))
        #expect(event.data.line == #"{"list":[\#(digits)],"number":\#(digits)}"#)
        #expect(try event.state?.value().indented == "{\n  \"number\": \(digits)\n}")
    }
}

@Suite struct `What the tool shows of a rate or a time` {
    @Test(arguments: [(0.4, "0"), (12.9, "12"), (1e300, "1e+300"), (-1e300, "-1e+300")])
    func `has no fraction, however large it is`(number: Double, text: String) { #expect(whole(number) == text) }
}
