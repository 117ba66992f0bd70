/// Notes of the domain's code that is about to run, kept where they outlive the process.
///
/// A trap in Swift, such as an overflow, ends the process and cannot be caught. A writer gives its repositories such
/// notes, so that it knows after a crash which stream or command to try alone, see ``Quarantined``.
public protocol CodeMarks: Sendable {
    /// Notes what code of a domain works on from now on, on this thread.
    ///
    /// - Returns: What ``end(_:)`` takes.
    /// - Throws: ``Quarantined`` when that was found to end processes; what keeping the note throws.
    func begin(_ work: MarkedWork) throws -> CodeMark

    /// The code that was noted on this thread has come to its end.
    func end(_ mark: CodeMark)
}

extension CodeMarks {
    /// Runs code of a domain with a note of what it works on.
    ///
    /// - Throws: ``Quarantined`` when that was found to end processes; what `body` throws.
    public func marking<Value>(_ work: MarkedWork, _ body: () throws -> Value) throws -> Value {
        let mark = try begin(work)
        defer { end(mark) }
        return try body()
    }
}

/// The place of a note of code that runs.
public struct CodeMark {
    /// Its slot in a file, and how many bytes it has there.
    package let place: (slot: Int, length: Int)
    /// The note that the thread had before.
    package let earlier: EndingSignals.Earlier?

    package init(place: (slot: Int, length: Int), earlier: EndingSignals.Earlier?) {
        self.place = place
        self.earlier = earlier
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

extension MarkedWork {
    /// Lets the process's last line name it, should a signal end it on this thread.
    ///
    /// - Returns: What `EndingSignals.end` takes.
    package func beginNote() -> EndingSignals.Earlier? {
        switch self {
        case .stored(let stream, let version):
            EndingSignals.begin(stream: stream.description, version: version.rawValue)
        case .new(let stream, let command):
            EndingSignals.begin(stream: stream.description, command: command.name)
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
