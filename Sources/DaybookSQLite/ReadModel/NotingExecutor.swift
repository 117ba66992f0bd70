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
    /// Runs code on the event that the line of a process names which ends meanwhile.
    func noted<Value>(_ body: () throws -> Value) rethrows -> Value {
        guard EndingSignals.isNoting else { return try body() }
        let earlier = EndingSignals.begin(
            stream: stream.description, version: streamVersion.rawValue, type: type, id: id)
        defer { EndingSignals.end(earlier) }
        return try body()
    }
}
