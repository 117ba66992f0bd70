import Testing

@testable import Daybook

@Suite struct `Metadata of an event` {
    @Test(arguments: [
        EventMetadata(correlationID: "c"),
        EventMetadata(correlationID: "c", causationID: "k", actor: "ada", traceparent: "00-1-2-01"),
        EventMetadata(correlationID: "a \"quoted\" \\ one", actor: "new\nline\u{1}"),
        EventMetadata(correlationID: "c", compensates: "e", custom: ["tenant": "acme", "a \"b\"": "ü\u{0}"]),
        EventMetadata(correlationID: "{\":,}", causationID: "", actor: "Zoë 😀"),
    ])
    func `is read as it was written`(metadata: EventMetadata) throws {
        let bytes = try metadata.encoded()
        #expect(try EventMetadata(decoding: bytes) == metadata)
        #expect(try JSON.decode(EventMetadata.self, from: bytes) == metadata)
        #expect(try JSON.encode(metadata) == bytes)
    }

    @Test(arguments: [
        "", "{", "{}", "[]", "\"", #"{"correlationId"}"#, #"{"correlationId":1}"#, #"{"correlationId":"c""#,
        #"{"correlationId":"c",}"#, #"{"correlationId":"c"}}"#, #"{"actor":"a"}"#, #"x"correlationId":"c"}"#,
    ])
    func `is refused when it is none`(text: String) {
        #expect(throws: DecodingError.self) { try EventMetadata(decoding: Array(text.utf8)) }
    }

    @Test func `may be written by others`() throws {
        let text = #" { "correlationId" : "c" , "else" : [ 1 ] } "#
        #expect(try EventMetadata(decoding: Array(text.utf8)) == EventMetadata(correlationID: "c"))
    }
}
