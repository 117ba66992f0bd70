import Daybook
import DaybookAPI
import Testing

@Suite struct `A problem` {
    private func text(_ problem: ProblemDocument) throws -> String {
        String(decoding: try JSON.encode(problem), as: UTF8.self)
    }

    @Test func `has the members that it brings besides its own, which they do not replace`() throws {
        let problem = ProblemDocument(
            status: 409, code: "taken", title: "Taken", members: ["version": 3, "status": "mine", "detail": "theirs"])
        let expected = """
            {"code":"taken","status":409,"title":"Taken","type":"urn:daybook:problem:taken","version":3}
            """
        #expect(try text(problem) == expected)
        let read = try JSON.decode(ProblemDocument.self, from: Array(expected.utf8))
        #expect(read.members == ["version": 3] && read.code == "taken" && read.detail == nil)
    }

    @Test func `without a code is about nothing in particular`() throws {
        let problem = ProblemDocument(status: 410, title: "Gone", detail: "it was here")
        #expect(try text(problem) == #"{"detail":"it was here","status":410,"title":"Gone","type":"about:blank"}"#)
    }
}
