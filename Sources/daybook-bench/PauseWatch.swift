import Foundation
import Synchronization

/// A thread that sleeps for a millisecond at a time, and notes by how much a sleep was longest overdue.
///
/// Such a pause is the machine's: it held up every process, not only the daemon that is measured.
final class PauseWatch: Sendable {
    /// A sleep that ended late.
    struct Pause {
        var nanoseconds: UInt64 = 0
        /// From the beginning of the watch to the end of the sleep.
        var secondsToEnd = 0.0
    }

    private let longest = Mutex(Pause())
    private let isOver = Atomic(false)

    init() {
        Thread.detachNewThread { [self] in
            let start = Stopwatch.now
            while !isOver.load(ordering: .relaxed) {
                let begin = Stopwatch.now
                usleep(1000)
                let slept = Stopwatch.now - begin
                let pause = Pause(
                    nanoseconds: max(slept, 1_000_000) - 1_000_000, secondsToEnd: Stopwatch.seconds(since: start))
                longest.withLock { if pause.nanoseconds > $0.nanoseconds { $0 = pause } }
            }
        }
    }

    /// Ends the watch.
    ///
    /// - Returns: The longest pause.
    func stop() -> Pause {
        isOver.store(true, ordering: .relaxed)
        return longest.withLock { $0 }
    }
}
