import Daybook
import ServiceLifecycle
import Synchronization

/// What posts to generations of one version of a projection.
protocol GenerationFeeder: Service {
    /// What posts to a generation here; `nil` when nothing here does.
    func runner(of number: Int) -> ProjectionRunner?

    /// Does as the folder says, which may have been told to pause.
    func obeyPause()
}

extension ProjectionHost: GenerationFeeder {
    func runner(of number: Int) -> ProjectionRunner? {
        members.withLock { $0[number]?.runner } ?? earlier.lazy.compactMap { $0.runner(of: number) }.first
    }
}
