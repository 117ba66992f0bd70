import Daybook
import Dispatch
import GRDB
import Synchronization

/// Commits what waits together: whatever came while the last commit was under way goes into the next, and so do those
/// who come again at once after their answer.
///
/// In a transaction, the keys that the requests need are fetched first, once for all. Then each request is planned
/// before anything of it is written, so that one's conflict leaves its neighbours alone, and sees the neighbours before
/// it. After any failure, that of a COMMIT included, the counters are read from the store again.
final class GroupCommit: Sendable {
    private enum Work: Sendable {
        case append(AppendRequest, CheckedContinuation<CommandAnswer, any Error>)
        case together([AppendRequest], CheckedContinuation<[CommandAnswer], any Error>)
        /// What is done beside the appends, and whether it says something of the store when it cannot be.
        case other(isVital: Bool, @Sendable (Database) throws -> Void, CheckedContinuation<Void, any Error>)

        var isVital: Bool {
            if case .other(let isVital, _, _) = self { isVital } else { true }
        }

        var requests: [AppendRequest] {
            switch self {
            case .append(let request, _): [request]
            case .together(let requests, _): requests
            case .other: []
            }
        }
    }

    /// The outcome of some work; answers to appends only.
    private typealias Outcome = Result<[CommandAnswer], any Error>

    private struct State {
        var waiting: [Work] = []
        var isCommitting = false
        /// As many wake the thread that waits for them; `nil` when it does not wait.
        var wanted: Int?
        /// The reason why the last transaction could not be committed.
        var problem: String?
    }

    private let pool: DatabasePool
    private let state = Mutex(State())
    /// Wakes the thread that waits for more requests.
    private let enough = DispatchSemaphore(value: 0)
    /// The end of the log as it is committed.
    private let tail: Mutex<LogTail>
    /// `nil` at the beginning and after a failure: then it is read from the store.
    private let cursor: Mutex<AppendCursor?>
    private let partitionCount: Int
    private let tags: TagIndex
    private let seals: Seals
    private let now: @Sendable () -> Timestamp
    private let changes: Signal
    /// Fires when there is another problem, or none any more.
    let problemChanges = Signal()
    /// Requests in one transaction at most, so that the first of them does not wait for ever.
    private static let limit = 1024
    /// The time for which a commit waits for as many requests as the last one had: about half a flush of a fast disk.
    private static let timeout = DispatchTimeInterval.microseconds(100)

    init(
        pool: DatabasePool, partitionCount: Int, tags: TagIndex, seals: Seals,
        now: @escaping @Sendable () -> Timestamp, changes: Signal
    ) {
        self.pool = pool
        self.partitionCount = partitionCount
        self.tags = tags
        self.seals = seals
        cursor = Mutex(nil)
        tail = Mutex(LogTail(partitionCount: partitionCount))
        self.now = now
        self.changes = changes
    }

    /// The end of the log, as far as this store has written it since it was opened.
    var logTail: LogTail { tail.withLock { $0 } }

    var problem: String? { state.withLock { $0.problem } }

    private func setProblem(_ problem: String?) {
        let before = state.withLock { state in
            defer { state.problem = problem }
            return state.problem
        }
        if before != problem { problemChanges.fire() }
    }

    func append(_ request: AppendRequest) async throws -> CommandAnswer {
        try await withCheckedThrowingContinuation { enqueue(.append(request, $0)) }
    }

    func append(_ requests: [AppendRequest]) async throws -> [CommandAnswer] {
        try await withCheckedThrowingContinuation { enqueue(.together(requests, $0)) }
    }

    /// Does something else in the order of the appends.
    ///
    /// - Parameter isVital: Whether the store has a problem when it cannot be done.
    func perform(isVital: Bool = true, _ body: @escaping @Sendable (Database) throws -> Void) async throws {
        try await withCheckedThrowingContinuation { enqueue(.other(isVital: isVital, body, $0)) }
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

    /// The number of commits that come after each other before others who want the connection have their turn.
    private static let commitsInTurn = 64

    private func drain(_ db: Database) {
        var last = 0
        for _ in 0..<Self.commitsInTurn {
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
        pool.asyncWriteWithoutTransaction { [self] db in drain(db) }
    }

    /// A commit for each few of those who come again at once would cost a flush each. One alone is not waited for.
    private func waitForMore(than last: Int) {
        let isShort = state.withLock { state in
            state.wanted = last > 1 && state.waiting.count < last ? last : nil
            return state.wanted != nil
        }
        guard isShort else { return }
        _ = enough.wait(timeout: .now() + Self.timeout)
        state.withLock { $0.wanted = nil }
    }

    private func commit(_ batch: [Work], _ db: Database) {
        do {
            let results = try naming(pool.path) { try transaction(batch, db) }
            if zip(batch, results).contains(where: Self.hasWritten) { setProblem(nil) }
            // First those who send it on: their way is longer than that of an answer.
            if results.contains(where: Self.hasAppended) { changes.fire() }
            for (work, result) in zip(batch, results) { Self.finish(work, result) }
        } catch {
            // Something in it cannot be stored: each for itself, so that only the culprit fails.
            guard batch.count == 1 || error.isTransient else {
                for work in batch { commit([work], db) }
                return
            }
            if batch.contains(where: { Self.isProblem(error, at: $0) }) { setProblem("\(error)") }
            for work in batch { Self.finish(work, .failure(AppendError.unavailable("\(error)"))) }
        }
    }

    /// `true` when an error says that the store has a problem. Where the database refuses what an append holds, and
    /// would take another one, it has none.
    private static func isProblem(_ error: any Error, at work: Work) -> Bool {
        guard work.isVital else { return false }
        guard let error = error as? DatabaseError, !work.requests.isEmpty else { return true }
        return error.resultCode != .SQLITE_CONSTRAINT && error.resultCode != .SQLITE_TOOBIG
    }

    /// - Throws: When nothing was committed.
    private func transaction(_ batch: [Work], _ db: Database) throws -> [Outcome] {
        try cursor.withLock { cursor in
            // Taken out while it is worked with, so that it is changed in place and lost when something fails.
            var next = try cursor.take() ?? begin(db)
            var outcomes: [Outcome] = []
            var keys = seals.keys()
            try db.inTransaction(.immediate) {
                try fetch(&keys, for: batch, at: next, in: db)
                for work in batch { outcomes.append(try perform(work, &keys, &next, db)) }
                if let made = try keys.countIfMade() { try StoreIdentity.setKeysMade(made, in: db) }
                return .commit
            }
            keys.noteMade()
            let additions = next.takeAdditions()
            tail.withLock { $0.advance(to: next.heads, by: additions) }
            cursor = next
            return outcomes
        }
    }

    /// Fetches the keys of a batch that are not in memory, with one flush for all. What would be refused by itself
    /// leaves no key behind.
    private func fetch(
        _ keys: inout Seals.Keys, for batch: [Work], at cursor: AppendCursor, in db: Database
    ) throws {
        guard seals.ring != nil else { return }
        var subjects: Set<StreamName> = []
        for request in batch.flatMap(\.requests) where keys.lacksKey(for: request) {
            if try cursor.wouldWrite(request, in: db) { subjects.insert(request.stream) }
        }
        try keys.fetch(subjects)
    }

    private func begin(_ db: Database) throws -> AppendCursor {
        try tags.reload(in: db)
        return try AppendCursor(db, partitionCount: partitionCount, tags: tags)
    }

    private static func hasAppended(_ outcome: Outcome) -> Bool {
        guard case .success(let answers) = outcome else { return false }
        return answers.contains { $0.position != nil && !$0.isRepeated }
    }

    /// `true` when something of it is on the disk. What was refused, or answered before, says nothing of the store.
    private static func hasWritten(_ work: Work, _ outcome: Outcome) -> Bool {
        if case .success = outcome, work.requests.isEmpty { return work.isVital }
        return hasAppended(outcome)
    }

    /// Plans some work, and then writes it.
    private func perform(
        _ work: Work, _ keys: inout Seals.Keys, _ cursor: inout AppendCursor, _ db: Database
    ) throws -> Outcome {
        switch work {
        case .append(let request, _):
            let plan: AppendPlan
            do { plan = try cursor.plan(request, sealing: &keys, in: db) } catch {
                return .failure(try Self.refusal(error))
            }
            return .success([try cursor.write(plan, now: now(), in: db)])
        case .together(let requests, _):
            let plans: [AppendPlan]
            do { plans = try cursor.plan(together: requests, sealing: &keys, in: db) } catch {
                return .failure(try Self.refusal(error))
            }
            let time = now()
            return .success(try plans.map { try cursor.write($0, now: time, in: db) })
        case .other(_, let body, _):
            do { try body(db) } catch { return .failure(try Self.refusal(error)) }
            return .success([])
        }
    }

    /// Tells a refusal of one request from a failure of the transaction.
    ///
    /// - Returns: The error, when it was found before anything of the request was written: the store is well.
    /// - Throws: The error, when it says something of the store.
    private static func refusal(_ error: any Error) throws -> any Error {
        guard error is AppendError || error is PersonalDataError else { throw error }
        return error
    }

    private static func finish(_ work: Work, _ outcome: Outcome) {
        switch work {
        case .append(_, let continuation):
            continuation.resume(
                with: outcome.flatMap { answers in
                    answers.first.map { .success($0) } ?? .failure(AppendError.unavailable("no answer"))
                })
        case .together(_, let continuation): continuation.resume(with: outcome)
        case .other(_, _, let continuation): continuation.resume(with: outcome.map { _ in })
        }
    }
}
