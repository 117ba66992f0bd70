/// The progress of a projection in one partition of one source.
public struct LaneStatus: Sendable {
    /// The states of a lane.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// History has not said yet which log the source has.
        case unverified
        /// Another process posts it.
        case standby
        /// Events are posted as they come.
        case live
        /// Events that came before are read from history.
        case catchingUp = "catching-up"
        /// An event cannot be posted, and is tried again.
        case failing
        /// The source has another log than the one that was posted.
        case stopped
        /// The generation that serves is of another version, and nobody posts to it here.
        case frozen

        /// `true` while the lane posts, or need not.
        fileprivate var isFine: Bool {
            switch self {
            case .live, .catchingUp, .standby, .frozen: true
            case .unverified, .failing, .stopped: false
            }
        }
    }

    public var source: Source
    public var partition: Partition
    public var epoch: Epoch?
    public var checkpoint: Offset
    /// The last offset that is known to be in the log.
    public var head: Offset
    /// Events between checkpoint and head. Of a stopped lane all up to the head: nothing of the source's present log is
    /// posted.
    public var lag: Int64
    /// Seconds since the last posted event was recorded, while there is a lag; 0 without one, and where nothing says
    /// when that was: after a restart the id of the event does, if it is a UUIDv7.
    public var lagSeconds: Double
    public var state: State
    /// The reason why it is failing or stopped.
    public var problem: String?

    /// `true` when another process posts it, and this one only waits for it to end.
    public var isStandby: Bool { state == .standby }

    /// The same lane of a read model to which nobody posts here, measured against the head that is known here.
    public func frozen(at checkpoint: Checkpoint?, now: Timestamp) -> LaneStatus {
        var lane = self
        lane.checkpoint = checkpoint?.offset ?? .zero
        lane.epoch = checkpoint?.epoch ?? epoch
        lane.lag = lane.epoch == epoch ? max(0, head - lane.checkpoint) : head.rawValue
        lane.lagSeconds = lane.lag == 0 ? 0 : Self.seconds(since: checkpoint?.anchor.id.event.time, until: now)
        // Otherwise it is not known where the log ends.
        if state == .unverified || state == .stopped { return lane }
        lane.state = .frozen
        lane.problem = nil
        return lane
    }

    static func seconds(since time: Timestamp?, until now: Timestamp) -> Double {
        time.map { max(0, Double(now.microseconds.cappedDifference(from: $0.microseconds)) / 1e6) } ?? 0
    }
}

/// The status of a projection.
public struct ProjectionStatus: Sendable {
    public var projection: String
    public var isConnected = false
    /// The reason why the broker gives it no messages, if it has said so.
    public var connectionProblem: String?
    /// Messages that were kept because they could not be read, since this process began.
    public var unreadable = 0
    /// The obstacle that keeps it from posting, if anything does.
    public var problem: String?
    /// `true` when an operator, or its failure policy, has paused it.
    public var isPaused = false
    /// `true` when another process does it, and this one only waits for it to end.
    public var isStandby = false
    public var lanes: [LaneStatus] = []

    public init(projection: String) { self.projection = projection }

    /// The number of events that are posted.
    public var posted: Int64 { lanes.map(\.checkpoint.rawValue).cappedSum }

    /// `true` when everything that history has shown is posted.
    public var isBuilt: Bool { !lanes.isEmpty && lanes.allSatisfy { $0.state == .live && $0.lag == 0 } }

    /// The trouble with it, in a sentence; `nil` while it posts what comes, is paused, or stands by.
    public var trouble: String? {
        if let problem { return problem }
        if let connectionProblem { return "the broker gives it no messages: \(connectionProblem)" }
        guard let lane = troubledLane else { return publicTrouble }
        let (source, state) = (lane.source, lane.state.rawValue)
        return "\(source)/\(lane.partition) is \(state): \(lane.problem ?? "no answer from \(source) yet")"
    }

    /// The trouble with it without the cause, which may have the database's own text: anyone may read it.
    public var publicTrouble: String? {
        if problem != nil { return "something keeps it from posting" }
        if connectionProblem != nil { return "the broker gives it no messages" }
        if isStandby { return nil }
        if let lane = troubledLane { return "\(lane.source)/\(lane.partition) is \(lane.state.rawValue)" }
        return lanes.isEmpty || !isConnected ? "no broker" : nil
    }

    private var troubledLane: LaneStatus? {
        isStandby ? nil : lanes.first { !$0.state.isFine }
    }

    /// The writers that have not answered yet: nothing of theirs is posted, and a build is not done.
    public var awaitedSources: [Source] {
        let awaited = Set(lanes.filter { $0.state == .unverified }.map(\.source))
        return awaited.sorted { $0.description < $1.description }
    }

    public var lag: Int64 { lanes.map(\.lag).cappedSum }
    public var lagSeconds: Double { lanes.map(\.lagSeconds).max() ?? 0 }

    /// `true` when every lane has all that its source's log is known to have. Never while there is no broker to hear
    /// from.
    public var isCurrent: Bool {
        isConnected && problem == nil && !lanes.isEmpty && lanes.allSatisfy { $0.state == .live && $0.lag == 0 }
    }
}
