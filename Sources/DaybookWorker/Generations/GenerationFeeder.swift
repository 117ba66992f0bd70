import Daybook
import ServiceLifecycle

/// A service that applies events to generations of one version of a projection.
protocol GenerationFeeder: Service {
    /// The runner that applies events to a generation here; `nil` when none does.
    func runner(of number: Int) -> ProjectionRunner?

    /// Does as the read model says, which may have been told to pause.
    func obeyPause()

    /// Lets everything go on that its failure policy has paused.
    func resume()

    /// Runs `body` while nothing of these generations is fed here.
    func releasing(_ numbers: [Int], _ body: () async throws -> Void) async throws
}
