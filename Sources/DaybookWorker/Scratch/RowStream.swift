import Daybook
import DaybookAPI
import ServiceLifecycle
import Synchronization

/// The rows of a projection's tables as lines of JSON: those that serve, or those of an earlier moment.
struct RowStream: Sendable {
    let scratch: ScratchGenerations

    private var context: ProjectionContext { scratch.context }

    /// Writes rows as lines of JSON. For an earlier moment a generation is built and thrown away, beside all that goes on.
    ///
    /// - Throws: `NothingServes`, ``NoSuchTable``, ``OperationRefused``, `HistoryError`, what `write` throws;
    ///   `CancellationError` when the worker stops.
    func write(_ wanted: RowsWanted, to write: ([UInt8]) async throws -> Void) async throws {
        guard let limit = wanted.limit else {
            let rows = try context.store.rows(of: context.reader.generation())
            return try await self.write(rows, of: wanted.table, to: write)
        }
        try await scratch.with(.past, like: context.store.serving) { scratch in
            try await build(scratch.generation, upTo: limit) { try await write(Self.line(.progress($0))) }
            try await self.write(scratch.rows(), of: wanted.table, to: write)
        }
    }

    private static func line(_ line: RowsResponse) throws -> [UInt8] {
        try JSON.encode(line) + [UInt8(ascii: "\n")]
    }

    // MARK: Building

    /// Applies to a generation what there was, as any other is built.
    private func build(
        _ generation: any Generation, upTo limit: PastHistory.Limit,
        progress: (BuildProgress) async throws -> Void
    ) async throws {
        let feed = context.feed
        let history = PastHistory(feed.history, upTo: limit)
        let expected = try await scratch.heads(in: history).values.map(\.rawValue).cappedSum
        try await progress(BuildProgress(done: 0, total: expected))
        // What cannot be applied is set aside at once: nobody waits for it to be mended.
        let runner = ProjectionRunner(
            name: context.projection.name, readModel: generation, subscription: HistoryOnly(), history: history,
            sources: feed.sources, partitionCount: feed.partitionCount, headCheckInterval: feed.headCheckInterval,
            policy: FailurePolicy(retries: 0), isFedByQueue: false, logger: context.logger)
        let wake = Signal()
        let failure = Failure()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                do { try await runner.run() } catch { failure.error.withLock { $0 = error } }
                wake.fire()
            }
            // A word now and then, although nothing moves, shows whether anybody is still there to read it.
            tasks.addTask { for await _ in Ticker(every: .seconds(1)) { wake.fire() } }
            for await _ in Signal.listen(to: wake, runner.changes).cancelOnGracefulShutdown() {
                if let error = failure.error.withLock({ $0 }) {
                    throw OperationRefused(code: .stopped, detail: "\(error)")
                }
                let status = runner.status
                if let lane = status.lanes.first(where: { $0.state == .stopped }) {
                    throw OperationRefused(code: .stopped, detail: "\(lane.source): \(lane.problem ?? "no reason")")
                }
                try await progress(BuildProgress(status, expected: expected))
                if status.isBuilt { return }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw CancellationError()
        }
    }

    // MARK: Writing

    /// - Parameter table: `nil` for all tables.
    private func write(
        _ rows: any TableRows, of table: String?, to write: ([UInt8]) async throws -> Void
    ) async throws {
        let tables = try await rows.tables().filter { table == nil || $0.name == table }
        if let table, tables.isEmpty { throw NoSuchTable(name: table) }
        // Before the rows: what is applied meanwhile may be in them, and nothing that is counted is missing.
        let (applied, parked) = try await rows.events()
        var count = 0
        for table in tables {
            try await write(Self.line(.head(TableHead(table: table.name, columns: table.columns))))
            try await rows.withPages(of: table) { page in
                count += page.count
                let lines = try page.flatMap { row in
                    try Self.line(.row(TableRow(table: table.name, row: EncodedJSON(row))))
                }
                try await write(lines)
            }
        }
        try await write(Self.line(.end(RowsEnd(rows: count, events: applied, parked: parked))))
    }
}

/// The error with which the build of a generation has ended.
private final class Failure: Sendable {
    let error = Mutex<(any Error)?>(nil)
}

extension BuildProgress {
    /// - Parameter expected: Events that there are, while no lane knows better.
    fileprivate init(_ status: ProjectionStatus, expected: Int64) {
        let isAsked = status.lanes.isEmpty || status.lanes.contains { $0.state == .unverified }
        let known = isAsked ? expected : status.lanes.map(\.head.rawValue).cappedSum
        self.init(done: status.posted, total: max(known, status.posted))
    }
}
