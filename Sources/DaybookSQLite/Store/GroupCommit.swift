import Daybook
import Dispatch
import GRDB
import Synchronization

/// Commits what waits together: whatever came while the last commit was under way goes into the next, and so do those
/// who come again at once after their answer.
///
/// Every request is decided before anything of it is written, so that one's conflict leaves its neighbours alone, and
/// sees the neighbours before it. After any failure, that of a COMMIT included, the counters are read from the store
/// again.
final class GroupCommit: Sendable {
    private enum Work: Sendable {
        case append(AppendRequest, CheckedContinuation<CommandAnswer, any Error>)
        case cursors([Partition: Offset], CheckedContinuation<Void, any Error>)
        case snapshot(Snapshot, CheckedContinuation<Void, any Error>)
    }

    private struct State {
        var waiting: [Work] = []
        var isCommitting = false
        /// As many wake the thread that waits for them; `nil` when it does not wait.
        var wanted: Int?
        /// Why the last transaction could not be committed.
        var problem: String?
    }

    private let pool: DatabasePool
    private let state = Mutex(State())
    /// Wakes the thread that waits for more requests.
    private let enough = DispatchSemaphore(value: 0)
    /// The log's heads after the last commit; `nil` until there was one.
    private let committedHeads = Mutex<[Offset]?>(nil)
    /// `nil` at the beginning and after a failure: then it is read from the store.
    private let cursor: Mutex<AppendCursor?>
    private let partitionCount: Int
    private let now: @Sendable () -> Timestamp
    private let changes: Signal
    /// Requests in one transaction at most, so that the first of them does not wait for ever.
    private static let limit = 1024
    /// How long a commit waits for as many requests as the last one had: about half a flush of a fast disk.
    private static let patience = DispatchTimeInterval.microseconds(100)

    init(pool: DatabasePool, partitionCount: Int, now: @escaping @Sendable () -> Timestamp, changes: Signal) {
        self.pool = pool
        self.partitionCount = partitionCount
        cursor = Mutex(nil)
        self.now = now
        self.changes = changes
    }

    /// The last offset of every partition, if this store has appended anything since it was opened.
    var heads: [Offset]? { committedHeads.withLock { $0 } }

    var problem: String? { state.withLock { $0.problem } }

    func append(_ request: AppendRequest) async throws -> CommandAnswer {
        try await withCheckedThrowingContinuation { enqueue(.append(request, $0)) }
    }

    func moveCursors(_ cursors: [Partition: Offset]) async throws {
        try await withCheckedThrowingContinuation { enqueue(.cursors(cursors, $0)) }
    }

    func keep(_ snapshot: Snapshot) async throws {
        try await withCheckedThrowingContinuation { enqueue(.snapshot(snapshot, $0)) }
    }

    private func enqueue(_ work: Work) {
        let (begins, isEnough) = state.withLock { state in
            state.waiting.append(work)
            defer { state.isCommitting = true }
            let isEnough = state.wanted.map { state.waiting.count >= $0 } ?? false
            if isEnough { state.wanted = nil }
            return (!state.isCommitting, isEnough)
        }
        if isEnough { enough.signal() }
        if begins { pool.asyncWriteWithoutTransaction { [self] db in drain(db) } }
    }

    private func drain(_ db: Database) {
        var last = 0
        while true {
            waitForMore(than: last)
            let batch = state.withLock { state -> [Work] in
                let batch = Array(state.waiting.prefix(Self.limit))
                state.waiting.removeFirst(batch.count)
                state.isCommitting = !batch.isEmpty
                return batch
            }
            if batch.isEmpty { return }
            commit(batch, db)
            last = batch.count
        }
    }

    /// A commit for each few of those who come again at once would cost a flush each.
    private func waitForMore(than last: Int) {
        let isShort = state.withLock { state in
            state.wanted = state.waiting.count < last ? last : nil
            return state.wanted != nil
        }
        guard isShort else { return }
        _ = enough.wait(timeout: .now() + Self.patience)
        state.withLock { $0.wanted = nil }
    }

    private func commit(_ batch: [Work], _ db: Database) {
        do {
            let results = try transaction(batch, db)
            state.withLock { $0.problem = nil }
            for (work, result) in zip(batch, results) { Self.finish(work, result) }
            if results.contains(where: Self.hasAppended) { changes.fire() }
        } catch {
            // Something in it cannot be stored: each for itself, so that only the culprit fails.
            guard batch.count == 1 else {
                for work in batch { commit([work], db) }
                return
            }
            // A snapshot that cannot be kept harms nobody.
            if case .snapshot = batch[0] {} else { state.withLock { $0.problem = "\(error)" } }
            Self.finish(batch[0], .failure(AppendError.unavailable("\(error)")))
        }
    }

    /// - Throws: When nothing was committed.
    private func transaction(_ batch: [Work], _ db: Database) throws -> [Result<CommandAnswer?, AppendError>] {
        try cursor.withLock { cursor in
            // Taken out while it is worked with, so that it is changed in place and lost when something fails.
            var next = try cursor.take() ?? AppendCursor(db, partitionCount: partitionCount)
            var results: [Result<CommandAnswer?, AppendError>] = []
            try db.inTransaction(.immediate) {
                for work in batch { results.append(try perform(work, &next, db)) }
                return .commit
            }
            committedHeads.withLock { $0 = next.heads }
            cursor = next
            return results
        }
    }

    private static func hasAppended(_ result: Result<CommandAnswer?, AppendError>) -> Bool {
        guard case .success(.some(let answer)) = result else { return false }
        return answer.position != nil && !answer.isRepeated
    }

    private func perform(
        _ work: Work, _ cursor: inout AppendCursor, _ db: Database
    ) throws -> Result<CommandAnswer?, AppendError> {
        switch work {
        case .cursors(let moved, _):
            for (partition, offset) in moved {
                try db.cachedStatement(
                    sql: """
                        INSERT INTO relay_cursors VALUES(?, ?)
                        ON CONFLICT DO UPDATE SET offset = MAX(offset, excluded.offset)
                        """
                ).execute(arguments: [partition.index, offset.rawValue])
            }
            return .success(nil)
        case .snapshot(let snapshot, _):
            try Snapshots.keep(snapshot, in: db)
            return .success(nil)
        case .append(let request, _):
            do {
                return .success(try cursor.append(request, now: now(), in: db))
            } catch let refused as AppendError {
                return .failure(refused)
            }
        }
    }

    private static func finish(_ work: Work, _ result: Result<CommandAnswer?, AppendError>) {
        switch (work, result) {
        case (.append(_, let continuation), .success(.some(let answer))): continuation.resume(returning: answer)
        case (.append(_, let continuation), .success(nil)):
            continuation.resume(throwing: AppendError.unavailable("no answer"))
        case (.append(_, let continuation), .failure(let error)): continuation.resume(throwing: error)
        case (.cursors(_, let continuation), .success), (.snapshot(_, let continuation), .success):
            continuation.resume()
        case (.cursors(_, let continuation), .failure(let error)),
            (.snapshot(_, let continuation), .failure(let error)):
            continuation.resume(throwing: error)
        }
    }
}
