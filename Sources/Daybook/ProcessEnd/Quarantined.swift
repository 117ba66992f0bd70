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
