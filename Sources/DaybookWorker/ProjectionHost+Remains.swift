import DaybookSQLite
import Logging
import Synchronization

/// What is left of forgotten streams in the generations' files although they have posted that they are forgotten.
extension ProjectionHost {
    /// Erases it where it could not be done at once: somebody read the file for long, or the process that posted has
    /// ended. A generation that is being built is left alone until it is finished.
    func eraseRemains(of generations: [GenerationFile]) async {
        for generation in generations where generation.progress.hasRemains {
            let model = members.withLock { members in
                members[generation.number].flatMap { $0.role == .building && !$0.isFinished ? nil : $0.model }
            }
            guard let model else { continue }
            do {
                if try await !model.eraseRemains() { tell("a reader holds its write-ahead log", generation.number) }
            } catch { if !Task.isCancelled { tell("\(error)", generation.number) } }
        }
    }

    private func tell(_ reason: String, _ number: Int) {
        logger.notice(
            "what was forgotten is not erased yet, trying again later",
            metadata: ["projection": "\(Projection.name)", "generation": "\(number)", "reason": "\(reason)"])
    }
}
