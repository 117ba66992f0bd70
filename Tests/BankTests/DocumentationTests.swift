import Foundation
import TestSupport
import Testing

/// The README, its neighbours and the articles.
private enum Documents {
    static let catalogue = "Sources/Daybook/Daybook.docc"

    static func all() throws -> [String] {
        let articles = try FileManager.default.contentsOfDirectory(atPath: path(of: catalogue))
            .filter { $0.hasSuffix(".md") }.sorted().map { "\(catalogue)/\($0)" }
        return ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"] + articles
    }

    static func path(of document: String) -> String { repository.appending(path: document).path }

    static func text(of document: String) throws -> String {
        try String(contentsOfFile: path(of: document), encoding: .utf8)
    }

    /// The links of a document that lead nowhere.
    static func deadLinks(in document: String) throws -> [String] {
        let text = try text(of: document)
        let isArticle = document.hasPrefix(catalogue)
        let articles = text.matches(of: #/<doc:(\w+)>/#).map { "\(catalogue)/\($0.output.1).md" }
        let files = text.matches(of: #/\]\(([^)#:]+)\)/#).map {
            isArticle ? "\(catalogue)/Resources/\($0.output.1)" : "\($0.output.1)"
        }
        return (articles + files).filter { !FileManager.default.fileExists(atPath: path(of: $0)) }
    }
}

/// Code in a document, with the line where it begins.
private struct CodeBlock: CustomStringConvertible {
    let document: String
    let line: Int
    let language: String
    let text: String

    var description: String { "\(document):\(line)" }

    static func all() throws -> [CodeBlock] {
        try Documents.all().flatMap { try blocks(of: Documents.text(of: $0), in: $0) }
    }

    private static func blocks(of text: String, in document: String) -> [CodeBlock] {
        var blocks: [CodeBlock] = []
        var open: (line: Int, language: String, lines: [Substring])?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.drop { $0 == " " }
            if !trimmed.hasPrefix("```") {
                open?.lines.append(line)
            } else if let block = open {
                let text = block.lines.joined(separator: "\n")
                blocks.append(CodeBlock(document: document, line: block.line, language: block.language, text: text))
                open = nil
            } else {
                open = (index + 2, String(trimmed.dropFirst(3)), [])
            }
        }
        return blocks
    }
}

/// The lines of code as they are compared: a library's are public, and a domain of the tests is in one module.
private func comparable(_ code: String) -> String {
    let lines = code.split(separator: "\n").map { line in
        line.trimmingCharacters(in: .whitespaces).replacing("public private(set)", with: "private(set)")
            .replacing(#/^(public|private|@main) /#, with: "")
    }
    return lines.filter { !$0.isEmpty && !$0.hasPrefix("import ") && $0 != "init() {}" }.joined(separator: "\n")
}

@Suite struct `The code in the documentation` {
    @Test func `is compiled, every piece of Swift`() throws {
        let folder = repository.appending(path: "Tests/BankTests")
        let compiled = try ["Bank.swift", "Room.swift", "Snippets.swift", "UserSnippets.swift"].map {
            comparable(try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
        }
        let blocks = try CodeBlock.all().filter { $0.language == "swift" && !$0.text.contains("PackageDescription") }
        #expect(blocks.count >= 20)
        for block in blocks {
            let code = comparable(block.text)
            #expect(compiled.contains { "\n\($0)\n".contains("\n\(code)\n") }, "\(block) is in none of them:\n\(code)")
        }
    }

    @Test func `depends on products that there are`() async throws {
        let manifest = try #require(try CodeBlock.all().first { $0.text.contains("PackageDescription") })
        let own = try String(contentsOf: repository.appending(path: "Package.swift"), encoding: .utf8)
        let products = manifest.text.matches(of: #/\.product\(name: "(\w+)", package: "daybook"\)/#).map(\.output.1)
        #expect(products.count >= 4)
        for product in products { #expect(own.contains(".library(name: \"\(product)\"")) }
        try await withTemporaryFolder { folder in
            try Data(manifest.text.utf8).write(to: folder.appending(path: "Package.swift"))
            let described = try await shell("swift", ["package", "--package-path", folder.path, "dump-package"])
            #expect(described.contains(#""bank-writer""#))
        }
    }

    @Test func `names subcommands and options of the tool that there are`() async throws {
        let calls = try CodeBlock.all().filter { $0.language == "sh" }.flatMap { block in
            block.text.replacing("\\\n", with: " ").split(separator: "\n").map { (block, $0) }
        }
        var seen: Set<[String]> = []
        for (block, line) in calls {
            let line = "\(line.prefix { $0 != "#" }) "
            guard let call = line.firstMatch(of: #/(?:^|[ |])daybook ((?:[a-z-]+ )*)/#) else { continue }
            let commands = ["export", "import", "verify", "verify-history", "backup", "restore", "forget", "send"]
            let groups = [
                "projections", "parked", "unreadable", "stream", "streams", "events", "log", "schema", "head",
            ]
            let words = call.output.1.split(separator: " ").map(String.init)
            guard let first = words.first, (commands + groups).contains(first) else { continue }
            let subcommand = Array(words.prefix(commands.contains(first) ? 1 : 2))
            let help = try await shell(Deployment.program("daybook"), ["help"] + subcommand)
            for option in line.matches(of: #/ (--[a-z-]+)/#).map({ String($0.output.1) }) {
                #expect(help.contains(option), "\(block): \(line)")
            }
            seen.insert(subcommand)
        }
        #expect(seen.count >= 20)
    }

    @Test func `in the README is that of the tour, line by line`() throws {
        let blocks = try CodeBlock.all().filter { $0.language == "sh" }
        func lines(of document: String) -> [Substring] {
            blocks.filter { $0.document.hasSuffix(document) }.flatMap { $0.text.split(separator: "\n") }
        }
        let scripts: [Substring] = ["deploy/demo", "deploy/test"]
        let readme = lines(of: "README.md").filter { !scripts.contains($0) }
        #expect(readme.count > 8)
        #expect(Set(readme).subtracting(lines(of: "Tour.md")) == [])
    }
}

@Suite struct `The documents` {
    @Test func `link to documents and files that there are`() throws {
        for document in try Documents.all() {
            #expect(try Documents.deadLinks(in: document) == [], "\(document)")
        }
    }

    /// What readers from elsewhere search for, and the document that explains it.
    @Test(arguments: [
        ("transactional outbox", "README"), ("transactional outbox", "TheWayOfAFact"), ("CQRS", "TheWayOfAFact"),
        ("optimistic concurrency", "HTTPAPI"), ("eventual consistency", "Tour"), ("read-your-writes", "HTTPAPI"),
        ("dead letter", "Runbook"), ("blue-green", "Runbook"), ("idempotent consumer", "Consumers"),
        ("crypto-shredding", "PersonalData"), ("dynamic consistency boundary", "RulesAcrossStreams"),
    ])
    func `have the field's terms where they are explained, and in the glossary`(term: String, name: String) throws {
        let document = try #require(try Documents.all().first { $0.hasSuffix("\(name).md") })
        for document in [document, "\(Documents.catalogue)/Daybook.md"] {
            let words = try Documents.text(of: document).split { $0.isWhitespace }.joined(separator: " ")
            #expect(words.contains(term), "\(document)")
        }
    }
}
