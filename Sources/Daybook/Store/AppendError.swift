/// The reason why an append was not made.
public enum AppendError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The stream is not what the writer took it to be.
    case conflict(StreamName, expected: ExpectedVersion, actual: StreamVersion)
    /// The idempotency key was used for another command.
    case keyReused
    /// The event id belongs to an event of another stream, or to another append, or to two events of this one.
    case eventIDReused(EventID)
    /// The event at this position is one that must not have happened, see ``AppendCondition``.
    case conditionFailed(Position)
    /// Appends that belong together have one stream twice, were answered before only in part, or one has what another
    /// one's condition forbids.
    case inconsistent(StreamName)
    /// The personal data of the stream's subject were destroyed: it takes no more of them.
    case forgotten(StreamName)
    /// No message could carry what is to be published, see ``MessageLimits``.
    case unsendable(String)
    /// Others changed the stream at each attempt to decide on it. Nothing was stored; another attempt may succeed.
    case contended(StreamName)
    /// The store cannot take anything now, or never could take this. Nothing was stored.
    case unavailable(String)

    public var description: String {
        switch self {
        case .conflict(let stream, let expected, let actual):
            "\(stream) is at version \(actual), expected \(expected)"
        case .keyReused: "the idempotency key was used for another request"
        case .eventIDReused(let id): "event id \(id) was used elsewhere"
        case .conditionFailed(let position): "the event at position \(position) came in between"
        case .inconsistent(let stream): "the append to \(stream) does not go together with the others"
        case .forgotten(let stream): "the personal data of \(stream) were destroyed"
        case .unsendable(let reason): "the event could not be sent to others: \(reason)"
        case .contended(let stream): "\(stream) is changed by too many at once"
        case .unavailable(let reason): "the store cannot append: \(reason)"
        }
    }
}
