import Foundation
import TestSupport
import Testing

/// The table in `Practices.md`: practice, where it is, and the tests that fail without it.
private struct PracticeTable {
    let rows: [[String]]

    init(_ text: String) {
        rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2).map { row in
            row.split(separator: "|").map { String($0) }
        }
    }

    /// What is named and not there: files, and in a cell's files its suites and tests, or other names.
    var problems: [String] {
        rows.flatMap { row in
            guard row.count == 3 else { return ["a row has \(row.count) cells: \(row)"] }
            return problems(of: row[1], namesTests: false) + problems(of: row[2], namesTests: true)
        }
    }

    private func problems(of cell: String, namesTests: Bool) -> [String] {
        let (code, words) = Self.parts(of: cell, between: "`")
        let quoted = Self.parts(of: words, between: "\"").marked
        let (paths, names) = (code.filter { $0.contains("/") }, code.filter { !$0.contains("/") })
        let files = paths.map { (path: $0, text: Self.text(at: $0)) }
        let text = files.compactMap(\.text).joined(separator: "\n")
        let isEmpty = paths.isEmpty || (namesTests && names.isEmpty && quoted.isEmpty)
        var problems = isEmpty ? ["nothing is named in: \(cell)"] : []
        for file in files where file.text == nil { problems.append("there is no \(file.path)") }
        for name in names where !text.contains(namesTests ? "struct `\(name)`" : name) {
            problems.append("\(name) is not in \(paths)")
        }
        // A test, or a rule of the contract.
        for name in quoted where !text.contains("func `\(name)`(") && !text.contains("(\"\(name)\", {") {
            problems.append("\"\(name)\" is not in \(paths)")
        }
        return problems
    }

    /// What stands between two marks each, and the rest.
    private static func parts(of text: String, between mark: String) -> (marked: [String], rest: String) {
        let parts = text.components(separatedBy: mark).enumerated()
        return (
            parts.filter { $0.offset % 2 == 1 }.map(\.element),
            parts.filter { $0.offset % 2 == 0 }.map(\.element).joined()
        )
    }

    /// The text of a file, or of all files in a folder; `nil` when there is none.
    private static func text(at path: String) -> String? {
        let folders = [repository.appending(path: "Sources"), repository.appending(path: "Tests"), repository]
        let places = folders.map { $0.appending(path: path).path }
        guard let place = places.first(where: { FileManager.default.fileExists(atPath: $0) }) else { return nil }
        if let text = try? String(contentsOfFile: place, encoding: .utf8) { return text }
        let files = (try? FileManager.default.subpathsOfDirectory(atPath: place)) ?? []
        return files.compactMap { try? String(contentsOfFile: "\(place)/\($0)", encoding: .utf8) }
            .joined(separator: "\n")
    }
}

@Suite struct `The table of practices` {
    @Test func `names only what is there`() throws {
        let path = repository.appending(path: "Sources/Daybook/Daybook.docc/Practices.md").path
        let table = PracticeTable(try String(contentsOfFile: path, encoding: .utf8))
        #expect(table.rows.count == 12)
        #expect(table.problems == [])
    }

    @Test func `is found out when something of it is gone`() {
        let table = PracticeTable(
            """
            | practice | where | tests |
            | --- | --- | --- |
            | one | `link` and `lost` in `Daybook/Chain/EventChain.swift`; `Daybook/Lost.swift` | by hand |
            | two | `Daybook/Store` | `The chain` and `The rope` (`DaybookTests/Chain/EventChainTests.swift`), "is lost" |
            """)
        #expect(
            table.problems.map { $0.prefix { $0 != "[" } } == [
                "there is no Daybook/Lost.swift", "lost is not in ", "nothing is named in:  by hand ",
                "The rope is not in ", "\"is lost\" is not in ",
            ])
    }
}
