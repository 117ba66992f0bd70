/// Rows made for reading, with the checkpoints that were committed together with them.
public protocol ReadModel: Sendable {
    func checkpoints() async throws -> [Lane: Checkpoint]

    /// Decodes an entry for posting; `nil` when the projection has no use for it. Holds no lock.
    ///
    /// - Throws: When the entry is of a type that the projection knows and cannot be read.
    func decode(_ entry: LogEntry) throws -> (any Sendable)?

    /// Posts entries with their checkpoints, and keeps messages that could not be read: all in one transaction.
    ///
    /// - Throws: ``Fenced`` when a checkpoint is not the expected one; then nothing was posted. Other errors mean that
    ///   nothing was posted and that it can be tried again.
    func post(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws
}

/// An entry of the log and what it was decoded to. A reference: it is passed on several times, and never changed.
public final class PostingEntry: Sendable {
    public let log: LogEntry
    public let event: (any Sendable)?

    public init(log: LogEntry, event: (any Sendable)?) {
        self.log = log
        self.event = event
    }
}

/// Entries of one lane in order, and the checkpoint that is committed with them.
public struct Posting: Sendable {
    public var lane: Lane
    /// What the read model's checkpoint must be for this to be posted.
    public var expected: Checkpoint?
    public var entries: [PostingEntry]
    public var next: Checkpoint
}

/// Another worker has moved the checkpoint: this one must stop posting and look again.
public struct Fenced: Error, Sendable, CustomStringConvertible {
    public let lane: Lane

    public init(lane: Lane) { self.lane = lane }

    public var description: String { "the checkpoint of \(lane) was moved by another worker" }
}
