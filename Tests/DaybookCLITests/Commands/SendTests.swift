import ArgumentParser
import DaybookAPI
import Foundation
import TestSupport
import Testing

@testable import DaybookCLI

@Suite struct `What becomes of commands that are sent` {
    @Test(
        arguments: [
            ([], nil), ([422], .refused), ([422, 400, 422], .refused), ([412], .conflict), ([422, 503], .failure),
            ([413], .failure),
        ] as [([Int], DaybookCLI.ExitStatus?)])
    func `decides on the exit status`(statuses: [Int], expected: DaybookCLI.ExitStatus?) {
        var tally = SendTally()
        tally.add(.example)
        for status in statuses {
            let problem = ProblemDocument(status: status, code: "c", title: "t")
            tally.add(.problem(BatchProblem(line: 1, status: status, problem: problem)))
        }
        #expect(tally.exitStatus == expected)
        #expect(tally.all == statuses.count + 1 && tally.refused == statuses.count)
    }

    @Test func `is printed in a line each`() {
        #expect(SendCommand.text(of: .example) == "1  row-7  ada  version 3  position 5")
        let refused = SendCommand.text(of: .problem(.example))
        #expect(refused == "2  row-8  user-ada is changed by too many at once: try again (conflict)")
    }
}

@Suite struct `A file of commands` {
    @Test func `is read whole, piece by piece`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "commands.ndjson")
            let text = String(repeating: "{}\n", count: 50_000)
            try Data(text.utf8).write(to: file)
            let input = try InputPieces(of: file.path)
            defer { input.close() }
            var pieces: [[UInt8]] = []
            for try await piece in input { pieces.append(piece) }
            #expect(pieces.count > 1 && pieces.allSatisfy { !$0.isEmpty })
            #expect(String(decoding: pieces.joined(), as: UTF8.self) == text)
        }
    }

    @Test func `has to be there`() {
        let error = #expect(throws: ExitCode.self) { try InputPieces(of: "/nowhere/commands.ndjson") }
        #expect(error?.rawValue == 66)
    }
}
