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
