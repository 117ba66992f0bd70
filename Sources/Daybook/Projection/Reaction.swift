/// Something that happens outside because of an event, and must not happen again when a read model is rebuilt: a mail,
/// a call of another service.
///
/// It begins at the head that the log has when it is first activated. From there on every event is reacted to at least
/// once, in the order of its stream, whether it came by queue or from history. After a crash the one that was under way
/// is reacted to again, with the same key. Its checkpoints are its own; no rebuild touches them.
public protocol Reaction: Sendable {
    associatedtype Event: IntegrationEvent

    /// In kebab-case. Names its queues, its checkpoints and its metrics, beside those of projections.
    static var name: String { get }

    /// Does what is to be done because of an event, or nothing. What takes too long is cancelled, and counts as failed.
    ///
    /// - Parameter key: The same whenever this reaction gets this event, and of no other: whoever is called can know a
    ///   repetition by it.
    /// - Throws: ``NotNow`` when it can only be done later; then it waits with all that follows. After any other error
    ///   it is tried again a few times, and then the event is parked.
    func react(to event: Event, from entry: LogEntry, key: String) async throws
}

/// The error that a ``Reaction`` throws when the event is not to blame: the mail server is away, the disk is full.
public struct NotNow: Error, Sendable, CustomStringConvertible {
    public let description: String

    /// Says what is missing.
    public init(_ description: String) { self.description = description }
}
