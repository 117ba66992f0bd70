import Daybook
import Logging
import ServiceLifecycle

/// A file of a worker that may have something left of forgotten streams, although it has posted that they are forgotten.
struct ErasableFile: Sendable {
    /// How the log names it.
    let metadata: Logger.Metadata
    /// Erases what is left.
    ///
    /// - Returns: Whether nothing is left; otherwise a reader holds the write-ahead log.
    let erase: @Sendable () async throws -> Bool
}

extension ErasableFile {
    /// Erases again and again what files have left of forgotten streams where it could not be done at once: somebody read
    /// a file for long, or the process that posted has ended. Ends when the service is to stop, also in the midst of it:
    /// the next process goes on.
    static func eraseRemains(
        of files: @escaping @Sendable () -> [ErasableFile], every interval: Duration, _ logger: Logger
    ) async {
        await cancelWhenGracefulShutdown {
            for await _ in Ticker(every: interval, startsAtOnce: true) {
                for file in files() { await file.eraseRemains(logger) }
            }
        }
    }

    private func eraseRemains(_ logger: Logger) async {
        let reason: String
        do {
            if try await erase() { return }
            reason = "a reader holds its write-ahead log"
        } catch { reason = "\(error)" }
        if Task.isCancelled { return }
        logger.notice(
            "what was forgotten is not erased yet, trying again later",
            metadata: metadata.merging(["reason": "\(reason)"]) { $1 })
    }
}
