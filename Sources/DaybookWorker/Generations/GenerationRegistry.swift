import Daybook

/// The generations of a read model as this process knows them, and the right to change which ones there are.
final class GenerationRegistry: Sendable {
    /// A word to the supervisor.
    enum Input: Sendable {
        /// A generation has ended with an error with which this process cannot go on.
        case failed(any Error)
        /// Generations may have to be started, stopped or promoted.
        case progressed
        /// It is time to try again what could not be done.
        case tick
        case stop
    }

    let running = RunningGenerations()
    let problems = GenerationProblems()
    /// One thing at a time changes which generations there are.
    let changing = AsyncMutex()
    let inbox = Mailbox<Input>()
}
