import Foundation
import Synchronization
import Testing

@testable import Daybook

/// Runs a task that listens, and sees whether the signal is free for others at the moment at which it wakes that task.
private final class WatchingExecutor: TaskExecutor {
    let signal = Signal()
    private let isFiring = Mutex(false)
    private let answers = Mutex<[Bool]>([])

    /// Whether the signal was free, for each time that it has woken the task.
    var wasFree: [Bool] { answers.withLock { $0 } }

    func fire() {
        isFiring.withLock { $0 = true }
        signal.fire()
        isFiring.withLock { $0 = false }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        if isFiring.withLock({ $0 }) {
            let isFree = isFree()
            answers.withLock { $0.append(isFree) }
        }
        let job = UnownedJob(job)
        DispatchQueue.global().async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Whether another thread can begin and cease to listen while this one does nothing.
    private func isFree() -> Bool {
        let end = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [signal] in
            _ = signal.listen()
            end.signal()
        }
        return end.wait(timeout: .now() + .seconds(5)) == .success
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A signal` {
    /// Whoever is cancelled ceases to listen with a lock that the runtime needs to wake a task.
    @Test func `holds no lock while it wakes whoever listens`() async throws {
        let executor = WatchingExecutor()
        let listening = Task(executorPreference: executor) { for await _ in executor.signal.listen() {} }
        while executor.wasFree.isEmpty {
            executor.fire()
            try await Task.sleep(for: .milliseconds(1))
        }
        listening.cancel()
        await listening.value
        #expect(executor.wasFree.allSatisfy { $0 })
    }
}
