import Daybook
import DaybookAPI

/// The read model of a projection, or a reaction: kept by a worker, and operated by people.
protocol Operated: Sendable {
    var name: String { get }

    var status: ProjectionStatus { get }

    func report() async throws -> ProjectionReport

    /// Stops posting or reacting, or goes on; the worker remembers it over restarts.
    func setPaused(_ isPaused: Bool) async throws

    /// Begins anew: all generations of a projection, or where a reaction has stopped.
    func reset() async throws

    /// One page of the parked events.
    func parked(_ selection: ParkedSelection) async throws -> ParkedPage

    /// Lets the parked events of a stream go, in order, as far as it goes; `nil` when nothing of it is parked.
    func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome?

    /// Gives up the first parked event of a stream; `nil` when nothing of it is parked.
    func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome?

    /// The messages that are kept because they could not be read; `nil` before there is anything that keeps them.
    func unreadableMessages() throws -> (any UnreadableMessageStore)?
}
