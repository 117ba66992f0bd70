/// A stream or a command in quarantine, as a store keeps it.
public struct QuarantineRecord: Sendable, Hashable {
    /// A command that is refused on the stream.
    public struct Command: Sendable, Hashable {
        /// The case's coding key: `change-email`.
        public var name: String
        /// The body, as ``QuarantineStore/hash(ofBody:)`` hides it.
        public var bodyHash: [UInt8]

        public init(name: String, bodyHash: [UInt8]) {
            self.name = name
            self.bodyHash = bodyHash
        }
    }

    public var stream: StreamName
    /// `nil` when the stream itself is not read.
    public var command: Command?
    /// The signal that ended the process which tried it alone.
    public var signal: Int32
    /// The identity of the program that ended at it.
    public var program: String
    public var since: Timestamp

    public init(stream: StreamName, command: Command? = nil, signal: Int32, program: String, since: Timestamp) {
        self.stream = stream
        self.command = command
        self.signal = signal
        self.program = program
        self.since = since
    }
}
