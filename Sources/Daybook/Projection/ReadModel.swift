/// Rows made for reading, with the checkpoints that were committed together with them.
public protocol ReadModel: Sendable {
    func checkpoints() async throws -> [Lane: Checkpoint]

    /// Decodes an entry for posting; `nil` when the projection has no use for it. Holds no lock.
    ///
    /// - Throws: When the entry is of a type that the projection knows and cannot be read.
    func decode(_ entry: LogEntry) throws -> (any DecodedEvent)?

    /// Posts entries with their checkpoints, and keeps messages that could not be read: all in one transaction.
    ///
    /// - Returns: The events that were parked at their first failure.
    /// - Throws: ``Fenced`` when a checkpoint is not the expected one, ``EventFailure`` when an event could not be
    ///   posted. Other errors mean that it can be tried again. In every case nothing was posted.
    @discardableResult
    func apply(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws -> [EventFailure]
}

/// The event to which a read model has decoded an entry. Only that read model looks into it.
public typealias DecodedEvent = AnyObject & Sendable

extension ReadModel {
    /// An entry ready for posting. One that cannot be decoded fails when it is posted, with the reason.
    public func decoded(_ entry: consuming LogEntry) -> PostingEntry {
        do { return PostingEntry(log: entry, event: try decode(entry)) } catch {
            return PostingEntry(log: entry, event: UndecodableEvent(error))
        }
    }
}

/// An entry of the log and what it was decoded to. A reference: it is passed on several times, and never changed.
public final class PostingEntry: Sendable {
    /// The entry as it came.
    public let log: LogEntry
    /// The event that it was decoded to; `nil` when the projection has no use for it.
    public let event: (any DecodedEvent)?

    public init(log: LogEntry, event: (any DecodedEvent)?) {
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
    /// The offsets of those that are to be set aside, and why.
    public var parks: [Offset: String] = [:]

    public init(lane: Lane, expected: Checkpoint?, entries: [PostingEntry], next: Checkpoint) {
        self.lane = lane
        self.expected = expected
        self.entries = entries
        self.next = next
    }
}

/// An event that could not be posted. It may go another time, or never.
public struct EventFailure: Error, Sendable, CustomStringConvertible {
    /// The place where it stands in the log.
    public let lane: Lane
    /// The event.
    public let entry: LogEntry
    /// The error that the projection threw.
    public let reason: String
    /// `true` when it is no use to try again.
    public let isFinal: Bool

    /// The error that a read model throws.
    public init(lane: Lane, entry: LogEntry, reason: String, isFinal: Bool = false) {
        self.lane = lane
        self.entry = entry
        self.reason = reason
        self.isFinal = isFinal
    }

    public var description: String { "\(entry.type) at offset \(entry.offset) of \(lane): \(reason)" }
}

/// Stands for an event that a projection knows and cannot read.
public final class UndecodableEvent: Error, CustomStringConvertible {
    public let description: String

    /// Keeps what decoding threw.
    public init(_ error: any Error) { description = "cannot be decoded: \(error)" }
}

/// The read model is not what this worker took it to be: it must stop posting and look again.
public struct Fenced: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    /// Another worker has moved the checkpoint.
    public init(lane: Lane) { description = "the checkpoint of \(lane) was moved by another worker" }
}
