/// A difference between what was expected and what was found instead.
public struct Mismatch: Error, Sendable, CustomStringConvertible {
    /// What was looked at, where the test does not say it already.
    public let subject: String?
    /// A line for each event, row or value.
    public let expected: String
    /// A line for each event, row or value.
    public let found: String

    init(about subject: String? = nil, expected: [String], found: [String]) {
        self.init(
            about: subject, expected: expected.joined(separator: "\n"), found: found.joined(separator: "\n"))
    }

    init(about subject: String? = nil, expected: String, found: String) {
        self.subject = subject
        self.expected = expected
        self.found = found
    }

    /// Both sides line by line: `-` marks what was only expected, `+` what was only found.
    public var description: String {
        let lines = LineDifference(expected: Self.lines(of: expected), found: Self.lines(of: found)).lines
        return "\n\(subject ?? "not as expected") (- only expected, + only found)\n" + lines.joined(separator: "\n")
    }

    private static func lines(of text: String) -> [String] { text.split(separator: "\n").map(String.init) }
}

/// Two lists side by side.
struct LineDifference {
    let expected: [String]
    let found: [String]

    /// The lines of both in order, marked `-` and `+` where only one of them has them.
    var lines: [String] {
        let (missing, added) = changes
        var lines: [String] = []
        var (left, right) = (0, 0)
        while left < expected.count || right < found.count {
            if missing.contains(left) {
                lines.append("  - \(expected[left])")
                left += 1
            } else if added.contains(right) {
                lines.append("  + \(found[right])")
                right += 1
            } else {
                lines.append("    \(expected[left])")
                (left, right) = (left + 1, right + 1)
            }
        }
        return missing.isEmpty && added.isEmpty ? lines + ["  (they read the same and are not equal)"] : lines
    }

    /// The places of what only one of them has.
    private var changes: (missing: Set<Int>, added: Set<Int>) {
        var (missing, added): (Set<Int>, Set<Int>) = ([], [])
        for change in found.difference(from: expected) {
            switch change {
            case .remove(let offset, _, _): missing.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        return (missing, added)
    }
}
