import Daybook
import ServiceLifecycle
import Synchronization

/// What posts to generations of one version of a projection.
protocol GenerationFeeder: Service {
    /// What posts to a generation here; `nil` when nothing here does.
    func runner(of number: Int) -> ProjectionRunner?

    /// Does as the read model says, which may have been told to pause.
    func obeyPause()

    /// Lets everything go on that its failure policy has paused.
    func resume()

    /// Runs `body` while nothing of these generations is fed here.
    func releasing(_ numbers: [Int], _ body: () async throws -> Void) async throws
}

extension ProjectionHost: GenerationFeeder {
    func runner(of number: Int) -> ProjectionRunner? {
        members.withLock { $0[number]?.runner } ?? earlier.lazy.compactMap { $0.runner(of: number) }.first
    }

    func resume() {
        for runner in runners() { runner.pause(false) }
        for feeder in earlier { feeder.resume() }
    }

    func releasing(_ numbers: [Int], _ body: () async throws -> Void) async throws {
        defer { inbox.send(.progressed) }
        try await changing.withLock {
            try await stop(numbers)
            try await body()
        }
    }
}
