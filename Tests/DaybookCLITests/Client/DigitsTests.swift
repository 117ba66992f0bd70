import Testing

@testable import DaybookCLI

@Suite struct `What the tool shows of an event` {
    @Test(arguments: [
        "18446744073709551615", "-9223372036854775809", "0.1000000000000000055511151231257827", "1.10", "1e400", "-0",
    ])
    func `has the digits that are stored`(digits: String) throws {
        let line = #"""
            {"position":1,"epoch":"01a2239a-5a10-7000-ab6a-d66cbc409a61","stream":"a-1","version":1,"type":"t","recordedAt":"2026-11-28T09:00:00.000000Z",
            "data":{"list":[\#(digits)],"number":\#(digits)},"state":{"number":\#(digits)}}
            """#
        let event = try Event.read(line, from: Endpoint(name: nil, url: "http://127.0.0.1", token: nil))
        #expect(event.data.text() == #"{"list":[\#(digits)],"number":\#(digits)}"#)
        #expect(event.state?.text(isIndented: true) == "{\n  \"number\": \(digits)\n}")
    }
}

@Suite struct `What the tool shows of a rate or a time` {
    @Test(arguments: [(0.4, "0"), (12.9, "12"), (1e300, "1e+300"), (-1e300, "-1e+300")])
    func `has no fraction, however large it is`(number: Double, text: String) { #expect(whole(number) == text) }
}
