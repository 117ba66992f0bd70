import DaybookAPI
import Foundation
import TestSupport
import Testing

@Suite struct `The table of errors in the article on HTTP` {
    @Test func `has each code once, with its status`() throws {
        let path = repository.appending(path: "Sources/Daybook/Daybook.docc/HTTPAPI.md").path
        let article = try String(contentsOfFile: path, encoding: .utf8)
        var listed: [String] = []
        for row in article.matches(of: #/\n\| (\d{3}) \| (`[^|]+`) \|/#) {
            let codes = row.output.2.matches(of: #/[a-z-]+/#)
            listed += codes.map { "\(row.output.1) \($0.output)" }
        }
        #expect(listed.sorted() == ProblemCode.allCases.map { "\($0.status.rawValue) \($0.rawValue)" }.sorted())
    }
}
