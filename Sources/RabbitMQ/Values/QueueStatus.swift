/// The response to a queue's declaration.
public struct QueueStatus: Sendable, Hashable {
    public let messageCount: Int
    public let consumerCount: Int
}
