extension LaneState {
    /// - Parameter failure: The reason why its next event cannot be applied.
    func status(at now: Timestamp, failure: String?) -> LaneStatus {
        let applied = checkpoint?.offset ?? .zero
        var lag = max(0, head - applied)
        let problem: String?
        switch phase {
        case .unverified: problem = nil
        case .stopped(let stop):
            lag = head.rawValue
            problem = stop.description
        case .live: problem = failure
        }
        let state: LaneStatus.State =
            switch phase {
            case .unverified: isStandby ? .standby : .unverified
            case .stopped: .stopped
            case .live: failure != nil ? .failing : isCatchingUp ? .catchingUp : .live
            }
        let lastTime = committed.recordedAt ?? checkpoint?.anchor.id.event.time
        let seconds = lag == 0 ? 0 : LaneStatus.seconds(since: lastTime, until: now)
        return LaneStatus(
            source: lane.source, partition: lane.partition, epoch: checkpoint?.epoch, checkpoint: applied, head: head,
            lag: lag, lagSeconds: seconds, state: state, problem: problem)
    }
}
