/// The events that a generation or a reaction has set aside because they could not be posted, or reacted to.
public protocol ParkedEventStore: Sendable {
    /// One page of the parked events.
    func parked(_ selection: ParkedSelection) async throws -> ParkedPage

    /// The number of events that are parked.
    func parkedCount() async throws -> Int

    /// Lets the parked events of a stream go, in order, as far as it goes.
    ///
    /// - Returns: What became of them; `nil` when nothing of the stream is parked.
    func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome?
}
