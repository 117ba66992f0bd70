/// An event of a connection besides messages.
public enum ConnectionEvent: Sendable {
    /// The broker takes no more messages for now, usually because memory or disk run low.
    case blocked(reason: String)
    case unblocked
    /// The last event.
    case closed(RabbitMQError)
}
