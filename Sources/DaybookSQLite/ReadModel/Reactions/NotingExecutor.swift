import Daybook
import Dispatch

/// Runs the code of a task on threads that can tell their end, with a note of the event that the task is at.
///
/// The code of a reaction may go on on another thread after each `await`. Here each of them has the stack that tells an
/// overflow of its own, so that such an end is counted too.
final class NotingExecutor: TaskExecutor {
    private let note = EndingNote.allocate()

    deinit { note.deallocate() }

    /// Runs `body` with a note of an event. To be called by one task at a time.
    func run<Value: Sendable>(
        at entry: LogEntry, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        note.set(
            stream: entry.stream.description, version: entry.streamVersion.rawValue, type: entry.type, id: entry.id)
        defer { note.clear() }
        return try await withTaskExecutorPreference(self) { try await body() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        DispatchQueue.global().async { [self] in
            EndingSignals.telling(note) { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }
}

extension LogEntry {
    /// Lets the line of a process that ends name this event, until what is returned is given to `EndingSignals.end`.
    ///
    /// - Returns: `nil` where no such line is written.
    func beginNote() -> EndingSignals.Earlier? {
        guard EndingSignals.isNoting else { return nil }
        return EndingSignals.begin(stream: stream.description, version: streamVersion.rawValue, type: type, id: id)
    }
}
