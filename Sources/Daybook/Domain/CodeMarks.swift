/// Notes of the domain's code that is about to run, kept where they outlive the process.
///
/// A trap in Swift, such as an overflow, ends the process and cannot be caught. A writer gives its repositories such
/// notes, so that it knows after a crash which stream or command to try alone, see ``Quarantined``.
public protocol CodeMarks: Sendable {
    /// Runs code of a domain with a note of what it works on.
    ///
    /// - Throws: ``Quarantined`` when that was found to end processes; what `body` throws.
    func marking<Value>(_ work: MarkedWork, _ body: () throws -> Value) throws -> Value
}

/// Notes that only the process itself has: it names the work in its last line when a signal ends it.
package struct EndingMarks: CodeMarks {
    package init() {}

    package func marking<Value>(_ work: MarkedWork, _ body: () throws -> Value) throws -> Value {
        let stream = work.stream.description
        switch work {
        case .stored(_, let version):
            return try EndingSignals.noting(stream: stream, version: version.rawValue, body)
        case .new(_, let command):
            return try EndingSignals.noting(stream: stream, command: command.name, body)
        }
    }
}

/// The work of a domain's code on one stream.
public enum MarkedWork: Sendable, Hashable {
    /// Reading a stored event, and folding it.
    case stored(StreamName, StreamVersion)
    /// Deciding a command, and making and folding its events. Nothing of it is stored yet.
    case new(StreamName, CommandText)

    public var stream: StreamName {
        switch self {
        case .stored(let stream, _), .new(let stream, _): stream
        }
    }
}

/// A command as it was sent.
public struct CommandText: Sendable, Hashable {
    /// The case's coding key: `change-email`.
    public var name: String
    /// JSON.
    public var body: [UInt8]

    public init(name: String, body: [UInt8]) {
        self.name = name
        self.body = body
    }

    /// A decision that no caller has sent.
    public static let none = CommandText(name: "", body: [])
}

/// The refusal to run code that was found to end processes.
public struct Quarantined: Error, Sendable, Hashable, CustomStringConvertible {
    public let stream: StreamName
    /// The command that is refused on the stream; `nil` when the stream itself cannot be read.
    public let command: String?

    public init(stream: StreamName, command: String? = nil) {
        self.stream = stream
        self.command = command
    }

    public var description: String {
        let what = command.map { "the command \($0) on \(stream)" } ?? "\(stream)"
        return "\(what) is quarantined: the code of this version ends the process at it"
    }
}
