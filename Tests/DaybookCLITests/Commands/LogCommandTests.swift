import ArgumentParser
import Testing

@testable import DaybookCLI

@Suite struct `The command that shows the log` {
    @Test(arguments: [
        ["3"], ["0", "--last", "0"], ["3", "--after", "0", "--follow"],
        ["3", "--after", "00000000-0000-0001-0000-000000000002/17"],
    ])
    func `takes a partition, and a place in it`(arguments: [String]) throws {
        _ = try LogTailCommand.parse(arguments)
    }

    @Test(
        arguments: [
            [], ["p03"], ["--", "-1"], ["3", "--after", "x"], ["3", "--after", "x/1"], ["3", "--last", "-1"],
            ["3", "--after", "1", "--last", "2"], ["3", "4"],
        ] as [[String]])
    func `takes nothing else`(arguments: [String]) {
        #expect(throws: (any Error).self) { try LogTailCommand.parse(arguments) }
    }
}
