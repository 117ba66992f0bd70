import Daybook
import Testing

@testable import DaybookCLI

@Suite struct `What a command is given as arguments` {
    /// For Swift, a combining mark or a joiner and the '=' before it are one character.
    @Test(arguments: ["\u{301}a", "\u{338}", "\u{200d}a=b", "\u{fe0f}", "e\u{301}=\u{301}", "=", "%41+"])
    func `is a key and a text, whatever the text begins with`(text: String) throws {
        let input = try CommandInput(arguments: ["ada", "name=\(text)"], id: nil, data: nil)
        #expect(input.id == "ada")
        #expect(Array(input.body.utf8) == Array(#"{"name":"\#(text)"}"#.utf8))
    }

    @Test func `is JSON after a colon, digit by digit`() throws {
        let input = try CommandInput(
            arguments: ["n:=9007199254740993", "x:=-0", "y:=1e400", "z:=\"\u{301}\""], id: nil, data: nil)
        #expect(Array(input.body.utf8) == Array("{\"n\":9007199254740993,\"x\":-0,\"y\":1e400,\"z\":\"\u{301}\"}".utf8))
    }

    @Test func `is refused where a key is there twice, however it is composed`() {
        #expect(throws: (any Error).self) {
            try CommandInput(arguments: ["\u{e9}=1", "e\u{301}=2"], id: nil, data: nil)
        }
    }
}

@Suite struct `A state and a later one` {
    @Test func `differ also where a text is only composed in another way`() throws {
        let before = try #require(JSONData(text: "{\"name\":\"\u{e9}\",\"real\":1.0,\"same\":\"\u{e9}\"}"))
        let after = try #require(JSONData(text: "{\"name\":\"e\u{301}\",\"real\":1,\"same\":\"\u{e9}\"}"))
        #expect(before.changes(to: after).map(\.member) == ["name", "real"])
    }
}
