/// A row of the table of commands: a call of the tool, what it asks daemons for, and what it prints.
///
/// In what it prints `*` stands for anything.
struct ToolRow: Sendable {
    let arguments: [String]
    /// The requests in order. None where no daemon is asked.
    var requests: [String] = []
    /// The lines for people.
    let text: String
    /// The lines with `--json`.
    let json: String
    /// The lines that come after either, on standard error.
    var complaint = ""
    var status: Int32 = 0
    /// The answers that are no examples, by the requests that get them.
    var answers: [String: String] = [:]
    /// The file or folder among the arguments that must be there.
    var input: String?

    /// The request that does what the command is for: the first one that changes something, or else the last one.
    var decisiveRequest: String? {
        requests.first { $0.hasPrefix("POST") || $0.hasPrefix("DELETE") } ?? requests.last
    }
}

extension String {
    /// The lines with one space between two words.
    var squeezed: String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: "\n")
    }

    /// `true` when it is the same as a pattern, in which `*` stands for anything.
    func fits(_ pattern: String) -> Bool {
        let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return self == pattern }
        guard hasPrefix(first) else { return false }
        var rest = dropFirst(first.count)
        for piece in pieces[1..<(pieces.count - 1)] where !piece.isEmpty {
            guard let place = rest.firstRange(of: piece) else { return false }
            rest = rest[place.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
