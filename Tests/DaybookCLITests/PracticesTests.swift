import Foundation
import TestSupport
import Testing

/// A section of an article: the places in the code and the tests that it lists.
private struct TestedSection {
    let title: String
    /// The items under `Where:`.
    private(set) var places: [String] = []
    /// The items under `Tests:`, or a longer head that begins so.
    private(set) var tests: [String] = []

    private enum List { case places, tests }

    /// The sections of an article's text.
    static func all(in text: String) -> [TestedSection] {
        var sections: [TestedSection] = []
        var list: List?
        for line in text.split(separator: "\n") {
            if line.hasPrefix("### ") {
                sections.append(TestedSection(title: String(line.dropFirst(4))))
                list = nil
            } else if line.hasPrefix("- ") {
                sections[safely: sections.count - 1]?.append(String(line.dropFirst(2)), to: list)
            } else if line.hasPrefix("  ") {
                sections[safely: sections.count - 1]?.extendLast(by: line.drop { $0 == " " }, in: list)
            } else {
                list = line.hasSuffix(":") ? Self.list(under: line) : nil
            }
        }
        return sections
    }

    private static func list(under head: Substring) -> List? {
        if head.hasPrefix("Where") { return .places }
        return head.hasPrefix("Tests") ? .tests : nil
    }

    private mutating func append(_ item: String, to list: List?) {
        switch list {
        case .places: places.append(item)
        case .tests: tests.append(item)
        case nil: break
        }
    }

    private mutating func extendLast(by text: Substring, in list: List?) {
        switch list {
        case .places: places[safely: places.count - 1]?.append(" \(text)")
        case .tests: tests[safely: tests.count - 1]?.append(" \(text)")
        case nil: break
        }
    }

    /// What is named and not there: files, and in an item's files its suites and tests, or other names.
    var problems: [String] {
        places.flatMap { problems(of: $0, namesTests: false) } + tests.flatMap { problems(of: $0, namesTests: true) }
    }

    private func problems(of item: String, namesTests: Bool) -> [String] {
        let (code, words) = Self.parts(of: item, between: "`")
        let quoted = Self.parts(of: words, between: "\"").marked
        let (paths, names) = (code.filter { $0.contains("/") }, code.filter { !$0.contains("/") })
        let files = paths.map { (path: $0, text: Self.text(at: $0)) }
        let text = files.compactMap(\.text).joined(separator: "\n")
        let isEmpty = paths.isEmpty || (namesTests && names.isEmpty && quoted.isEmpty)
        var problems = isEmpty ? ["nothing is named in: \(item)"] : []
        for file in files where file.text == nil { problems.append("there is no \(file.path)") }
        for name in names where !text.contains(namesTests && name.contains(" ") ? "struct `\(name)`" : name) {
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

extension Array {
    /// An element that may be changed; `nil` outside the bounds.
    fileprivate subscript(safely index: Int) -> Element? {
        get { indices.contains(index) ? self[index] : nil }
        set {
            if let newValue, indices.contains(index) { self[index] = newValue }
        }
    }
}

private func sections(of article: String) throws -> [TestedSection] {
    let path = repository.appending(path: "Sources/Daybook/Daybook.docc/\(article).md").path
    return TestedSection.all(in: try String(contentsOfFile: path, encoding: .utf8))
}

@Suite struct `The sections of practices` {
    @Test func `name places and tests that are there`() throws {
        let sections = try sections(of: "Practices")
        #expect(sections.count == 12)
        for section in sections {
            #expect(!section.places.isEmpty && !section.tests.isEmpty, "\(section.title)")
            #expect(section.problems == [], "\(section.title)")
        }
    }

    @Test func `are found out when something of them is gone`() {
        let sections = TestedSection.all(
            in: """
                ### One

                Where:

                - `link` and `lost` in `Daybook/Chain/EventChain.swift`
                - `Daybook/Lost.swift`

                Tests:

                - by hand

                ### Two

                - this is `in no list`

                Tests, all of them:

                - `The chain` and `The rope`
                  (`DaybookTests/Chain/EventChainTests.swift`), "is
                  lost"
                """)
        #expect(sections.map(\.title) == ["One", "Two"])
        #expect(
            sections.flatMap(\.problems).map { $0.prefix { $0 != "[" } } == [
                "lost is not in ", "there is no Daybook/Lost.swift", "nothing is named in: by hand",
                "The rope is not in ", "\"is lost\" is not in ",
            ])
    }
}

@Suite struct `The sections of guarantees` {
    @Test func `name tests that are there`() throws {
        let sections = try sections(of: "Guarantees")
        #expect(sections.count >= 15)
        for section in sections {
            #expect(section.tests.isEmpty == (section.title == "What is not promised"), "\(section.title)")
            #expect(section.problems == [], "\(section.title)")
        }
    }
}
