/// A runner's session with the broker, and what it has received in it. Pure.
struct RunnerSession {
    /// 0 without a session.
    private(set) var number: UInt64 = 0
    private(set) var isConnected = false
    /// The reason why the broker gave no session when it was last asked for one.
    var refusal: String?
    private var acknowledgements: [Partition: AcknowledgementState] = [:]
    private var feed = LaneFeed()
    /// The oldest message of each lane that has one, and since when it has been that.
    private var oldest: [Int: (tag: UInt64, since: ContinuousClock.Instant)] = [:]

    /// The lanes to which the queue has brought messages, and those of them whose checkpoint was compared with the read
    /// model's since.
    private struct LaneFeed {
        var fed: Set<Int> = []
        var compared: Set<Int> = []
    }

    mutating func begin(_ number: UInt64) {
        self = RunnerSession()
        self.number = number
        isConnected = true
    }

    /// Forgets what belonged to a session that is over. A refusal stays until there is another one.
    mutating func end() {
        let refusal = refusal
        self = RunnerSession()
        self.refusal = refusal
    }

    /// Loses the connection. What was received may still be acknowledged until the next session begins.
    mutating func disconnect() {
        isConnected = false
        feed = LaneFeed()
    }

    // MARK: Messages

    mutating func received(_ receipt: Receipt) {
        acknowledgements[receipt.partition, default: AcknowledgementState()].received(receipt.tag)
    }

    /// Settles messages of this session.
    ///
    /// - Returns: The last receipt of each partition up to which all are settled, if that has moved.
    mutating func settle(_ decisions: [MessageDecision]) -> [Receipt] {
        let settled = decisions.filter { $0.receipt.session == number }
        var receipts: [Receipt] = []
        for (partition, decisions) in Dictionary(grouping: settled, by: \.receipt.partition) {
            guard let tag = acknowledgements[partition]?.settle(decisions.lazy.map(\.receipt.tag)) else { continue }
            receipts.append(Receipt(session: number, partition: partition, tag: tag))
        }
        return receipts
    }

    // MARK: Lanes

    func isFed(_ lane: Int) -> Bool { feed.fed.contains(lane) }

    /// Notes that the queue has brought messages to lanes.
    ///
    /// - Returns: Those whose checkpoint was not compared with the read model's in this session.
    mutating func fed(_ lanes: Set<Int>) -> Set<Int> {
        feed.fed.formUnion(lanes)
        return lanes.subtracting(feed.compared)
    }

    mutating func compared(_ lanes: Set<Int>) { feed.compared.formUnion(lanes) }

    /// Notes the oldest message that a lane has.
    ///
    /// - Returns: The time for which it has been that; `nil` without one.
    mutating func age(of receipt: Receipt?, in lane: Int, now: ContinuousClock.Instant) -> Duration? {
        guard let tag = receipt?.tag else {
            oldest[lane] = nil
            return nil
        }
        if oldest[lane]?.tag != tag { oldest[lane] = (tag, now) }
        return oldest[lane].map { now - $0.since }
    }
}
