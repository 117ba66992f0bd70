public import Daybook

/// The place where events come from, and how they are posted.
public struct ProjectionFeed: Sendable {
    /// Brings the messages for the generation that serves.
    public var subscription: any Subscription
    /// Brings everything else.
    public var history: any History
    /// The writers whose events are posted.
    public var sources: [Source]
    /// How many partitions their logs have.
    public var partitionCount: Int
    /// The time after which history is asked for the heads although nothing seems to be missing.
    public var headCheckInterval: Duration
    /// The treatment of events that cannot be posted.
    public var policy: FailurePolicy

    /// Feeds a projection from these.
    public init(
        subscription: any Subscription, history: any History, sources: [Source], partitionCount: Int,
        headCheckInterval: Duration = .seconds(30), policy: FailurePolicy = FailurePolicy()
    ) {
        self.subscription = subscription
        self.history = history
        self.sources = sources
        self.partitionCount = partitionCount
        self.headCheckInterval = headCheckInterval
        self.policy = policy
    }
}
