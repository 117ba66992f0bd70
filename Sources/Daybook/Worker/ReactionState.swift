/// The progress of a reaction, opened by the one process that reacts.
///
/// What was reacted to is noted event by event, so that a crash repeats no more than the one that was under way.
public protocol ReactionState: ReadModel, ParkedEventStore, PendingErasures {
    /// `true` once it is known where in a writer's log the reaction begins.
    func isActivated(for source: Source) async throws -> Bool

    /// Notes where in a writer's log the reaction begins: after these, one for each partition.
    func activate(for source: Source, after checkpoints: [Lane: Checkpoint]) async throws

    /// Goes on after these places, whatever was reacted to. For lanes that have stopped.
    func move(to checkpoints: [Lane: Checkpoint]) async throws

    /// Reacts to nothing more, so that the process can end: what is under way is finished.
    func end()

    /// Gives up the first parked event of a stream, and reacts to those behind it; `nil` when nothing of it is parked.
    ///
    /// - Throws: ``ForgettingNotSkipped`` when it says that the stream is forgotten.
    func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome?
}
