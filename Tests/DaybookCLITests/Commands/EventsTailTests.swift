import ArgumentParser
import Daybook
import DaybookAPI
import Testing

@testable import DaybookCLI

@Suite struct `The events that the tool is asked for` {
    @Test(arguments: [
        ["--last", "1", "--after", "2"], ["--before", "3", "--after", "2"], ["--before", "0"], ["--limit", "3"],
        ["--last", "3", "--limit", "3"], ["--before", "3", "--follow"], ["--after", "0", "--limit", "3", "--follow"],
        ["--category", "Big"], ["--tag", "colour"], ["--tag", ":red"], ["--after", "x/1"], ["--before", "1/2"],
    ])
    func `are refused where the options make no sense`(arguments: [String]) {
        #expect(throws: (any Error).self) { try EventsTailCommand.parse(arguments) }
    }

    @Test(arguments: [
        ["--last", "1", "--before", "2"], ["--before", "0"], ["--last", "0"], ["--last", "2", "--limit", "2"],
        ["--after", "-1"],
    ])
    func `of a stream are refused where the options make no sense`(arguments: [String]) {
        #expect(throws: (any Error).self) { try StreamShowCommand.parse(["user-ada"] + arguments) }
    }

    @Test func `are those of a category, of one of the types, with all the tags`() throws {
        let arguments = ["--category", "user", "--type", "created", "--type", "renamed", "--tag", "a:b:c", "--follow"]
        let filter = try EventsTailCommand.parse(arguments).selection.filter()
        let expected = EventFilter(
            category: "user", types: ["created", "renamed"], tags: [Daybook.Tag("a", "b:c")])
        #expect(filter == expected)
        #expect(try EventsTailCommand.parse(["--before", "3", "--limit", "2"]).selection.filter().isEmpty)
    }
}
