import Foundation
import GRDB
import Synchronization

/// Reads beside the connection that writes, on a few threads that may wait for a disk. A read goes to a thread that is
/// free; while none is, reads wait in the order in which they came.
///
/// GRDB's asynchronous reads pass through several queues each; on the way of every command that is most of the time.
final class Readers: Sendable {
    private typealias Read = @Sendable () -> Void

    private struct State {
        var free: [DispatchQueue]
        var waiting: [Read] = []
    }

    private let pool: DatabasePool
    private let state: Mutex<State>

    /// - Parameter count: How many may read at once.
    init(_ pool: DatabasePool, count: Int) {
        self.pool = pool
        state = Mutex(State(free: (0..<count).map { DispatchQueue(label: "daybook.reader.\($0)") }))
    }

    /// Runs `body` with a connection that cannot write. Each of its statements sees what was committed before it.
    ///
    /// - Throws: What `body` throws, or `DatabaseError`.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await onThread { try $0.unsafeRead(body) }
    }

    /// Runs `body` with a connection that cannot write. All its statements see the same moment.
    ///
    /// - Throws: What `body` throws, or `DatabaseError`.
    func readTogether<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await onThread { try $0.read(body) }
    }

    private func onThread<Value: Sendable>(
        _ body: @escaping @Sendable (DatabasePool) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            enqueue { [pool] in continuation.resume(with: Result { try body(pool) }) }
        }
    }

    private func enqueue(_ read: @escaping Read) {
        let free = state.withLock { state in
            let free = state.free.popLast()
            if free == nil { state.waiting.append(read) }
            return free
        }
        if let free { free.async { [self] in run(read, on: free) } }
    }

    /// Runs a read, and after it those that wait.
    private func run(_ first: @escaping Read, on queue: DispatchQueue) {
        var next: Read? = first
        while let read = next {
            read()
            next = state.withLock { state -> Read? in
                if !state.waiting.isEmpty { return state.waiting.removeFirst() }
                state.free.append(queue)
                return nil
            }
        }
    }
}
