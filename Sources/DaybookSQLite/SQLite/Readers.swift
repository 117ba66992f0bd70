import Foundation
import GRDB
import Synchronization

/// Reads beside the connection that writes, on a few threads that may wait for a disk.
///
/// GRDB's asynchronous reads pass through several queues each; on the way of every command that is most of the time.
struct Readers: Sendable {
    private let pool: DatabasePool
    private let queues: [DispatchQueue]
    private let turns = Turns()

    private final class Turns: Sendable {
        private let last = Atomic<Int>(0)

        func next(of count: Int) -> Int {
            (last.wrappingAdd(1, ordering: .relaxed).newValue & Int.max) % count
        }
    }

    /// - Parameter count: How many may read at once.
    init(_ pool: DatabasePool, count: Int) {
        self.pool = pool
        queues = (0..<count).map { DispatchQueue(label: "daybook.reader.\($0)") }
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
            queues[turns.next(of: queues.count)].async { [pool] in
                continuation.resume(with: Result { try body(pool) })
            }
        }
    }
}
