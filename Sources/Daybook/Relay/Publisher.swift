/// Sends integration events to a broker.
public protocol Publisher: Sendable {
    /// Runs `body` with a session for as long as one lasts, and again with the next one, until the task is cancelled.
    ///
    /// When the connection ends, what `body` awaits of the session throws; it then returns or throws, and is called
    /// again once there is a new connection.
    func withSessions(_ body: @Sendable (any PublisherSession) async throws -> Void) async throws
}

/// One connection's worth of publishing.
public protocol PublisherSession: Sendable {
    /// Sends entries in order, up to the first that cannot be sent. Returns once they are on their way; suspends while
    /// the broker takes nothing.
    ///
    /// - Throws: When the session has ended.
    func send(_ entries: [LogEntry]) async throws -> any PendingPublication

    /// Waits until the session has ended, and throws why.
    func untilEnded() async throws
}

/// Entries on their way to the broker.
public protocol PendingPublication: Sendable {
    /// Waits until all are settled; one outcome for each entry, in their order. Where one is unsendable, the outcomes
    /// may end with it.
    ///
    /// - Throws: When the session ended first.
    func outcomes() async throws -> [PublicationOutcome]
}

/// A broker's word on an entry.
public enum PublicationOutcome: Sendable, Hashable, CustomStringConvertible {
    case confirmed
    /// Nobody is bound to its partition.
    case unroutable
    /// The broker could not take it.
    case refused
    /// It cannot be read, or no message can carry it. The reason names it.
    case unsendable(String)

    public var description: String {
        switch self {
        case .confirmed: "confirmed"
        case .unroutable: "no queue is bound to it"
        case .refused: "the broker refuses its messages"
        case .unsendable(let reason): reason
        }
    }
}
