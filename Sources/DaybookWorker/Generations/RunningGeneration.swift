import Daybook

/// A generation that this process applies events to.
struct RunningGeneration: Sendable {
    /// The time at which it was begun here, and the events that it had then.
    struct Beginning: Sendable {
        let time = ContinuousClock.now
        let applied: Int64
    }

    let model: any Generation
    let runner: ProjectionRunner
    let role: GenerationRole
    /// Keeps other workers from feeding it too. `nil` for the one that serves, which is fed by whoever has the queue.
    let lock: GenerationLock?
    let beginning: Beginning
    /// `true` once it has its indexes, and is on the disk.
    var isFinished = false
}
