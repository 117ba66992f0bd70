/// Brings the messages of a projection's queues.
public protocol Subscription: Sendable {
    /// Runs until cancelled: connects, reports what comes, and connects again whenever the connection is lost.
    ///
    /// What is reported and not acknowledged is bounded by the prefetch.
    func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws

    /// Acknowledges each receipt and all earlier ones of its partition, now or a moment later. What was given here
    /// before ``run(reportingTo:)`` is cancelled is still sent. Receipts of a past session are ignored.
    func acknowledge(_ receipts: [Receipt]) async

    /// Gives up the connection, so that another worker gets the queues; ``run(reportingTo:)`` connects again.
    func reconnect() async
}

public enum SubscriptionEvent: Sendable {
    /// A session begins. Everything unacknowledged of the one before will come again.
    case connected(session: UInt64)
    case messages([IncomingMessage])
    case disconnected
    /// The broker is there, but gives no session. Why not.
    case refused(String)
}

/// The deliveries of one partition that may be acknowledged: those before which nothing is open. Pure.
public struct AcknowledgementState: Sendable {
    private var open: [(tag: UInt64, isSettled: Bool)] = []

    public init() {}

    public mutating func received(_ tag: UInt64) { open.append((tag, false)) }

    /// - Returns: The tag up to which everything is settled, if that moved.
    public mutating func settle(_ tags: some Sequence<UInt64>) -> UInt64? {
        let settled = Set(tags)
        guard !settled.isEmpty else { return nil }
        for index in open.indices where settled.contains(open[index].tag) { open[index].isSettled = true }
        let prefix = open.prefix(while: \.isSettled)
        guard let last = prefix.last else { return nil }
        open.removeFirst(prefix.count)
        return last.tag
    }
}
