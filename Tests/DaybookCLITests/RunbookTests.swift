import Foundation
import TestSupport
import Testing

/// An article for operators, and what it names.
private struct OperatorArticle {
    let text: String

    init(_ name: String) throws {
        text = try contents(of: "Sources/Daybook/Daybook.docc/\(name).md")
    }

    /// The first cells of its tables whose first head is this, or begins with it.
    func cells(under head: String) -> [Substring] {
        var cells: [Substring] = []
        var isWanted: Bool?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("| ") else {
                isWanted = nil
                continue
            }
            let cell = line.dropFirst(2).prefix { $0 != "|" }
            if isWanted == true, !cell.hasPrefix("---") { cells.append(cell) }
            isWanted = isWanted ?? cell.hasPrefix(head)
        }
        return cells
    }

    /// What stands between single backticks in a text.
    static func spans(in text: some StringProtocol) -> [String] {
        String(text).replacing(#/`{2,}/#, with: "").matches(of: #/`([^`]+)`/#).map { String($0.output.1) }
    }
}

private func contents(of path: String) throws -> String {
    try String(contentsOf: repository.appending(path: path), encoding: .utf8)
}

/// The texts in the sources of daemons and tool, and the calls that they stand in.
private let sources: Result<String, any Error> = Result {
    let folder = repository.appending(path: "Sources")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { file in
        file.hasSuffix(".swift") && !file.hasPrefix("daybook-bench/") && !file.hasPrefix("DaybookTesting/")
    }
    return try files.map { texts(in: try contents(of: "Sources/\($0)")) }.joined(separator: "\n")
}

/// The lines that have a text or begin a call. A text that goes on in the next line is joined.
private func texts(in source: String) -> String {
    var texts = ""
    for line in source.split(separator: "\n") {
        let line = line.drop { $0 == " " }
        if texts.hasSuffix("\\") {
            texts.removeLast()
            texts += line
        } else if texts.hasSuffix("\""), line.hasPrefix("+ \"") {
            texts.removeLast()
            texts += line.dropFirst(3)
        } else if !line.hasPrefix("//"), line.hasSuffix("(") || line.contains("\"") {
            texts += "\n\(line)"
        }
    }
    return texts
}

@Suite struct `The runbook` {
    private let article: OperatorArticle

    init() throws {
        article = try OperatorArticle("Runbook")
    }

    @Test func `has a row for each alert`() throws {
        let rules = try contents(of: "deploy/monitoring/alerts.yaml")
        let alerts = rules.matches(of: #/- alert: (\w+)/#).map { String($0.output.1) }
        #expect(alerts.count >= 10)
        #expect(article.cells(under: "alert").flatMap { OperatorArticle.spans(in: $0) } == alerts)
    }

    @Test func `quotes messages as programs write them`() throws {
        let sources = try sources.get()
        let messages = article.cells(under: "message").flatMap { OperatorArticle.spans(in: $0) }
        #expect(messages.count >= 50)
        for message in messages where message.contains(" ") {
            for piece in message.split(separator: "…").map({ $0.trimmingCharacters(in: .whitespaces) }) {
                #expect(sources.contains(piece), "\(message)")
            }
        }
    }

    @Test func `has every warning and error of the programs`() throws {
        let logged = try sources.get().matches(of: #/ogger\.(?:warning|error|critical)\(\s*"([^"\\]+)"/#)
        #expect(logged.count >= 20)
        for message in logged.map(\.output.1) { #expect(article.text.contains(message), "\(message)") }
    }
}

@Suite struct `The articles for operators` {
    @Test func `list each metric of a daemon once`() throws {
        let suffixes: [Substring: String] = ["Counter": "_total", "Timer": "_seconds"]
        let labels = try sources.get().matches(of: #/(\w+)?\(\s*label: "(daybook_[a-z_]+)"/#).map { match in
            "\(match.output.2)\(match.output.1.flatMap { suffixes[$0] } ?? "")"
        }
        let listed = try OperatorArticle("Monitoring").cells(under: "name").flatMap { OperatorArticle.spans(in: $0) }
        #expect(listed.count == Set(listed).count)
        #expect(Set(listed.filter { $0.hasPrefix("daybook_") }) == Set(labels))
    }

    @Test func `name settings that there are`() throws {
        var keys: Set<String> = []
        for daemon in ["users-writer", "users-worker", "user-statistics-worker"] {
            var section = ""
            for line in try contents(of: "config/\(daemon).yaml").split(separator: "\n") {
                if let match = line.firstMatch(of: #/^([a-z-]+):/#) { section = "\(match.output.1)" }
                guard let match = line.firstMatch(of: #/^  (?:# )?([a-z-]+):/#) else { continue }
                keys.insert("\(section).\(match.output.1)")
            }
        }
        let articles = try ["Configuring", "Monitoring", "Runbook"].map { try OperatorArticle($0).text }
        let named = OperatorArticle.spans(in: articles.joined(separator: "\n"))
            .compactMap { $0.wholeMatch(of: #/([a-z-]+\.[a-z-]+)(: \w+)?/#).map { String($0.output.1) } }
            .filter { !["daybook", "amq", "current"].contains($0.prefix { $0 != "." }) }
        #expect(named.count >= 15)
        #expect(Set(named).subtracting(keys) == [])
    }
}
