import DaybookJSON
import Testing

private enum Order: Codable, Equatable {
    case place(to: Address, lines: [Line], notes: [String: String]?)
    case cancel

    struct Address: Codable, Equatable { var street: String }
    struct Line: Codable, Equatable {
        var item: String
        var gift: Wrapping?
    }
    enum Wrapping: Codable, Equatable {
        case paper(color: String)
        case none
    }
}

@Suite struct `The members of what a caller has sent` {
    private func decode(_ payload: String, tag: String = "place", ignoring: Set<String> = []) throws -> Order {
        try TaggedJSON.decodeAll(Order.self, tag: tag, payload: Array(payload.utf8)) { ignoring.contains($0) }
    }

    @Test func `are taken when something reads them all`() throws {
        let payload = #"""
            {"lines":[{"item":"a","gift":null},{"gift":{"paper":{"color":"red"}},"item":"b"},{"item":"c","gift":{"none":{}}}],
             "notes":{"x":"1","y":"2"},"to":{"street":"s"}}
            """#
        let lines = [
            Order.Line(item: "a"), .init(item: "b", gift: .paper(color: "red")),
            .init(item: "c", gift: Order.Wrapping.none),
        ]
        #expect(try decode(payload) == .place(to: .init(street: "s"), lines: lines, notes: ["x": "1", "y": "2"]))
        #expect(try decode("{}", tag: "cancel") == .cancel)
        #expect(try decode("", tag: "cancel") == .cancel)
    }

    @Test(arguments: [
        (#"{"to":{"street":"s"},"lines":[],"x":1}"#, "x"), (#"{"to":{"street":"s"},"lines":[],"x":{"y":1}}"#, "x"),
        (#"{"to":{"street":"s","zip":"1"},"lines":[]}"#, "to.zip"),
        (#"{"to":{"street":"s"},"lines":[{"item":"a"},{"item":"b","no":1}]}"#, "lines.no"),
        (#"{"to":{"street":"s"},"lines":[{"item":"a","gift":{"none":{"why":1}}}]}"#, "lines.gift.none.why"),
        (#"{"to":{"street":"s"},"lines":[{"item":"a","gift":{"none":{},"more":1}}]}"#, "lines.gift.more"),
    ])
    func `are refused when nothing reads one of them`(payload: String, path: String) {
        #expect(throws: MemberError.unknown(path: path)) { try decode(payload) }
    }

    @Test func `are refused with a case that has none`() {
        #expect(throws: MemberError.unknown(path: "reason")) { try decode(#"{"reason":"late"}"#, tag: "cancel") }
    }

    @Test func `may be there all the same where they are ignored, with what is in them`() throws {
        let payload = #"{"old":{"a":{"b":1}},"to":{"street":"s","zip":1},"lines":[{"item":"a","no":1}]}"#
        let order = try decode(payload, ignoring: ["old", "to.zip", "lines.no"])
        #expect(order == .place(to: .init(street: "s"), lines: [.init(item: "a")], notes: nil))
        #expect(throws: MemberError.unknown(path: "to.zip")) { try decode(payload, ignoring: ["old", "lines.no"]) }
    }

    @Test(arguments: [
        (#"{"to":{"street":"s"},"lines":[],"to":{"street":"t"}}"#, "to"),
        (#"{"to":{"street":"s","street":"s"},"lines":[]}"#, "to.street"),
        (#"{"to":{"street":"s","str\u0065et":"t"},"lines":[]}"#, "to.street"),
        (#"{"to":{"street":"s"},"lines":[],"notes":{"\#u{e9}":"1","e\#u{301}":"2"}}"#, "notes.é"),
    ])
    func `are refused when two have one name, however it is written`(payload: String, path: String) {
        #expect(throws: MemberError.repeated(path: path)) { try decode(payload, ignoring: ["to", "notes"]) }
    }

    @Test func `are looked at without a tag too`() throws {
        #expect(try JSON.decodeAll(Order.Address.self, from: Array(#"{"street":"s"}"#.utf8)).street == "s")
        #expect(throws: MemberError.unknown(path: "zip")) {
            try JSON.decodeAll(Order.Address.self, from: Array(#"{"street":"s","zip":1}"#.utf8))
        }
    }

    @Test func `are not looked at in what is stored`() throws {
        let payload = Array(#"{"street":"s","street":"t","zip":1}"#.utf8)
        // After a tape that noted what was read, too.
        #expect(throws: MemberError.repeated(path: "street")) { try JSON.decodeAll(Order.Address.self, from: payload) }
        #expect(try JSON.decode(Order.Address.self, from: payload) == Order.Address(street: "s"))
    }
}
