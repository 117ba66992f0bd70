public import Daybook

/// A stream, or a command on it, at which the code of a writer ends the process.
public struct QuarantineEntry: APIDocument, Equatable {
    public var stream: String
    /// The command that is refused; `nil` when the stream itself is not read.
    public var command: String?
    /// The signal that ended the process which tried it alone.
    public var signal: Int32
    public var since: Timestamp

    public init(stream: String, command: String? = nil, signal: Int32, since: Timestamp) {
        self.stream = stream
        self.command = command
        self.signal = signal
        self.since = since
    }

    public static let example = QuarantineEntry(
        stream: ExampleValues.stream, command: "change-email", signal: 4, since: ExampleValues.recordedAt)
}
