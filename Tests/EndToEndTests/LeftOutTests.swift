import Foundation
import TestSupport
import Testing

/// `swift test` by itself runs what needs no broker, and must not look as if that were everything.
@Suite struct `All tests` {
    /// A suite or a test that is run only where something is there.
    private struct Conditional {
        let title: String
        let condition: String

        /// What of the condition is not there; empty where it is run.
        ///
        /// - Throws: When the condition is none that is known here.
        var missing: [String] {
            get throws {
                let parts = condition.components(separatedBy: " && ")
                return try parts.compactMap { part in
                    switch part {
                    case "TestBroker.isRunning": TestBroker.isRunning ? nil : "a broker"
                    case "python != nil":
                        ProcessInfo.processInfo.environment["DAYBOOK_TEST_PYTHON"] == nil ? "the tests' Python" : nil
                    // Asked for by a flag: nobody misses it by mistake.
                    case "LongForm.isOn": nil
                    default: throw SupportError("\(title): nobody knows whether \(part)")
                    }
                }
            }
        }
    }

    /// The files of tests, without this one, and their texts.
    private var files: [(name: String, text: String)] {
        get throws {
            let tests = repository.appending(path: "Tests")
            let names = try FileManager.default.subpathsOfDirectory(atPath: tests.path)
            return try names.filter { $0.hasSuffix(".swift") && !$0.hasSuffix("/LeftOutTests.swift") }.sorted().map {
                (name: $0, text: try String(contentsOf: tests.appending(path: $0), encoding: .utf8))
            }
        }
    }

    /// All that have a condition.
    private var conditionals: [Conditional] {
        get throws {
            try files.flatMap { file, text in
                let pattern = #/@(?:Suite|Test)\([^`]*?\.enabled\(if: ([^)]+)\)[^`]*`(.+?)`/#
                return text.matches(of: pattern).map { match in
                    Conditional(title: "\(file): \(match.output.2)", condition: String(match.output.1))
                }
            }
        }
    }

    @Test func `are run, or it is said which are not`() throws {
        let conditionals = try conditionals
        #expect(conditionals.count { $0.condition == "TestBroker.isRunning" } >= 25)
        // Whatever is enabled in another way would be left out without a word.
        let traits = try files.map { $0.text.matches(of: #/\.(?:enabled|disabled)\(/#).count }.reduce(0, +)
        #expect(traits == conditionals.count)
        let left = try conditionals.map { (title: $0.title, missing: try $0.missing) }.filter { !$0.missing.isEmpty }
        guard !left.isEmpty else { return }
        let list = left.map { "\($0.title) (\($0.missing.joined(separator: ", ")))" }.joined(separator: "\n  ")
        withKnownIssue("\(left.count) suites and tests were left out") {
            Issue.record("deploy/test has what they need, and runs these too:\n  \(list)")
        }
    }
}
