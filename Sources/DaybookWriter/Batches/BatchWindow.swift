import Daybook
import Synchronization

/// The state of a batch, for the tasks that read its lines, carry out its commands and write its responses.
final class BatchWindow: Sendable {
    private let state = Mutex(BatchState())
    private let changes = Signal()

    /// Yields when there may be something to do, and once at the beginning.
    func arrivals() -> AsyncStream<Void> { changes.listen() }

    /// Waits until there is room for a line.
    ///
    /// - Returns: `false` when no further line is to be read, and when the task is cancelled.
    func waitForRoom() async -> Bool {
        if let isWanted = state.withLock({ $0.wantsLine }) { return isWanted }
        for await _ in changes.listen() {
            if let isWanted = state.withLock({ $0.wantsLine }) { return isWanted }
        }
        return false
    }

    var isDone: Bool { state.withLock { $0.isDone } }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    func add(_ item: BatchItem) {
        state.withLock { $0.add(item) }
        changes.fire()
    }

    func add(_ line: BatchLine, answeredBy response: [UInt8]) {
        state.withLock { $0.add(line, answeredBy: response) }
        changes.fire()
    }

    func end(closing: [UInt8] = []) {
        state.withLock { $0.end(closing: closing) }
        changes.fire()
    }

    func stop(closing: [UInt8] = [], respond response: (BatchItem) -> [UInt8]) {
        state.withLock { $0.stop(closing: closing, respond: response) }
        changes.fire()
    }

    func finish(_ item: BatchItem, with response: [UInt8]) -> BatchItem? {
        let next = state.withLock { $0.finish(item, with: response) }
        changes.fire()
        return next
    }

    func takeWork() -> BatchState.Work { state.withLock { $0.takeWork() } }

    func giveBack(_ load: BatchState.Load) {
        state.withLock { $0.giveBack(load) }
        changes.fire()
    }
}
