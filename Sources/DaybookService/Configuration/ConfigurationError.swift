/// Settings that cannot be used, with everything that is wrong with them.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// One sentence for each problem. None repeats a secret.
    public let problems: [String]

    /// An error with these problems.
    public init(_ problems: [String]) {
        self.problems = problems
    }

    /// An error with one problem.
    public init(_ problem: String) {
        self.init([problem])
    }

    /// The problems, one on each line.
    public var description: String {
        problems.joined(separator: "\n")
    }
}

/// Thrown instead of settings when `--help` or `--version` is among the arguments: print the text and leave with
/// success.
public struct InformationRequested: Error, Equatable, CustomStringConvertible {
    /// The help text or the version, with a newline after its last line.
    public let text: String

    /// A request that this text is the answer to.
    public init(text: String) {
        self.text = text
    }

    /// The text.
    public var description: String { text }
}
