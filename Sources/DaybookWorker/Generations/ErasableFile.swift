import Daybook
import Logging
import ServiceLifecycle

/// A file of a worker with a pending erasure: it may have something left of streams that it knows to be forgotten.
struct ErasableFile: Sendable {
    /// Its name in the log.
    let metadata: Logger.Metadata
    /// Erases what is left.
    ///
    /// - Returns: `true` when nothing is left; otherwise a reader holds the write-ahead log.
    let erase: @Sendable () async throws -> Bool
}

extension ErasableFile {
    /// Erases repeatedly what files have left of forgotten streams where it could not be done at once: somebody read a
    /// file for long, or the process that applied the event has ended. Ends at once when the service is to stop: the next
    /// process goes on.
    static func erasePending(
        of files: @escaping @Sendable () -> [ErasableFile], every interval: Duration, _ logger: Logger
    ) async {
        await cancelWhenGracefulShutdown {
            for await _ in Ticker(every: interval, startsAtOnce: true) {
                for file in files() { await file.erasePending(logger) }
            }
        }
    }

    private func erasePending(_ logger: Logger) async {
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
