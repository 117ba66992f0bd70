import Daybook
import Testing

@Suite struct `JSON that is encoded already` {
    private struct Letter: Codable, Equatable {
        var to: String
        var content: EncodedJSON
        var enclosure: EncodedJSON?
    }

    private func letter(_ text: String) throws -> Letter { try JSON.decode(Letter.self, from: Array(text.utf8)) }

    @Test(arguments: [
        #"{"b" : 1.50, "a":[ ]}"#, "[1,2]", "12", "-0.0e5", "true", "null", #""a \" b""#, #""""#, "{}",
    ])
    func `is written with the bytes that it was read with`(content: String) throws {
        let text = #"{"content":\#(content),"to":"ada"}"#
        let letter = try letter(text)
        #expect(String(decoding: letter.content.bytes, as: UTF8.self) == content && letter.enclosure == nil)
        #expect(String(decoding: try JSON.encode(letter), as: UTF8.self) == text)
    }

    @Test func `is a value like any other for those who want one`() throws {
        let letter = try letter(#"{"to":"ada","content":{"digits":1.50},"enclosure":[null]}"#)
        #expect(try letter.content.value() == ["digits": .number("1.50")])
        #expect(try letter.enclosure?.value() == JSONData.array([.null]))
        #expect(try JSON.decode([EncodedJSON].self, from: Array("[1, [2]]".utf8)).map(\.bytes.count) == [1, 3])
    }

    @Test func `is taken whole where nothing may be dropped`() throws {
        let text = #"{"to":"ada","content":{"b":{"c":1},"a":2}}"#
        let letter = try JSON.decodeAll(Letter.self, from: Array(text.utf8))
        #expect(String(decoding: letter.content.bytes, as: UTF8.self) == #"{"a":2,"b":{"c":1}}"#)
        #expect(throws: MemberError.unknown(path: "from")) {
            try JSON.decodeAll(Letter.self, from: Array(#"{"to":"a","content":1,"from":{}}"#.utf8))
        }
    }

    @Test func `is written as it is, whether it is JSON or not`() throws {
        #expect(try JSON.encode(EncodedJSON(Array("{ }".utf8))) == Array("{ }".utf8))
        #expect(throws: DecodingError.self) { try EncodedJSON(Array("{".utf8)).value() }
    }
}
