/// What a queue's declaration answers.
public struct QueueStatus: Sendable, Hashable {
    public let messageCount: Int
    public let consumerCount: Int
}
