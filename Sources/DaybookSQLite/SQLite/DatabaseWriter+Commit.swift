import Daybook
import GRDB

extension DatabaseWriter {
    /// Runs `body` in a transaction, whatever becomes of the task. Not GRDB's asynchronous write: that one stops when the
    /// task is cancelled, and what is written may be of something that has happened already.
    func commit<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            asyncWriteWithoutTransaction { db in
                continuation.resume(
                    with: Result {
                        var value: Value?
                        try naming(self.path) {
                            try db.inTransaction(.immediate) {
                                value = try body(db)
                                return .commit
                            }
                        }
                        guard let value else { throw StoreError("a transaction without an end") }
                        return value
                    })
            }
        }
    }
}
