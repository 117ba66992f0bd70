/// Changes around a lane: sessions, other workers, operators.
extension LaneState {
    /// Applies nothing more. What comes is acknowledged: whoever starts again reads it from history.
    public mutating func stop(_ reason: Stop) -> [Action] {
        guard phase != .stopped(reason) else { return [] }
        phase = .stopped(reason)
        return releaseMessages()
    }

    /// Begins again at the read model's checkpoint, if it has stopped: that may be of the present log now.
    public mutating func restart(at stored: Checkpoint?) {
        guard case .stopped = phase else { return }
        begin(at: stored)
        ownership.restart()
    }

    /// Begins a session: what was received and not committed will come again.
    public mutating func reconnected() {
        _ = held.takeDoubtful()
        inquiry.isDue = true
    }

    /// Takes over a lane whose messages went to another worker until now: begins at the read model's checkpoint as that
    /// one left it.
    public mutating func takeOver(at stored: Checkpoint?) -> [Action] {
        guard stored != checkpoint else { return [] }
        let messages = held.takeDoubtful()
        let actions = releaseMessages()
        begin(at: stored)
        // They came before whatever will be asked.
        for (message, event, _) in messages { held.doubt(message, event, askedAt: 0) }
        return actions
    }

    /// Stands by if another worker has moved the read model's checkpoint. What was received is let go: history has it,
    /// should it still be missing.
    ///
    /// - Returns: `nil` where the checkpoint is this lane's.
    public mutating func adopt(_ stored: Checkpoint?) -> [Action]? {
        guard stored != checkpoint else { return nil }
        let actions = releaseMessages()
        begin(at: stored)
        inquiry.isDue = false
        ownership.standBy()
        return actions
    }

    /// Stands by because another worker applies events to the same read model, and no message has come here: what is
    /// missing may be that one's business.
    ///
    /// - Returns: `true` when it stands by.
    public mutating func leaveToOthers() -> Bool {
        let isIdle = held.ready.isEmpty && held.doubtful.isEmpty && !isCatchingUp
        if case .stopped = phase { return false }
        guard configuration.isFedByQueue, isIdle, ownership.canBeLeft(at: accepted) else { return false }
        begin(at: checkpoint)
        inquiry.isDue = false
        ownership.leave(at: accepted)
        return true
    }

    /// Leaves to history what was received and cannot be applied for a long time: the broker does not wait for ever, and
    /// other sources share the queue.
    public mutating func letGo() -> [Action] {
        inquiry.letGo()
        return releaseMessages()
    }

    /// Gives up what is not committed, as history does not have it, and asks at the checkpoint.
    mutating func retreat() -> [Action] {
        let actions = releaseMessages()
        begin(at: checkpoint)
        return actions
    }

    private mutating func releaseMessages() -> [Action] { held.removeAll().map { .acknowledge($0) } }

    /// Begins at a checkpoint.
    private mutating func begin(at checkpoint: Checkpoint?) {
        phase = .unverified
        committed = Committed(checkpoint: checkpoint)
        epoch = checkpoint?.epoch
        head = checkpoint?.offset ?? .zero
        ownership.begin()
        inquiry.begin()
        held = HeldEntries()
    }
}
