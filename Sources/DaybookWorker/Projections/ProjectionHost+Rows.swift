import Daybook
import DaybookAPI
import ServiceLifecycle
import Synchronization

/// Which rows of a projection somebody wants to see.
struct RowsWanted: Sendable, Equatable {
    /// `nil` for those that serve.
    var limit: PastHistory.Limit?
    /// `nil` for all tables.
    var table: String?
}

/// A table that the projection does not have.
struct NoSuchTable: Error, CustomStringConvertible {
    let name: String

    var description: String { "the projection has no table \(name)" }
}

/// Shows the rows of a projection's tables, those that serve or those that were.
extension ProjectionHost {
    /// Writes rows as lines of JSON. For those that were, a generation is built and thrown away, beside all that goes on.
    ///
    /// - Throws: ``NothingServes``, ``NoSuchTable``, ``OperationRefused``, `HistoryError`, what `write` throws;
    ///   `CancellationError` when the worker stops.
    func writeRows(_ wanted: RowsWanted, to write: ([UInt8]) async throws -> Void) async throws {
        guard let limit = wanted.limit else {
            return try await writeRows(store.rows(of: reader.generation()), wanted.table, to: write)
        }
        try await withScratch(.past, like: store.serving) { scratch in
            try await build(scratch.generation, upTo: limit) { try await write(Self.line(.progress($0))) }
            try await writeRows(scratch.rows(), wanted.table, to: write)
        }
    }

    private static func line(_ line: RowsResponse) throws -> [UInt8] {
        try JSON.encode(line) + [UInt8(ascii: "\n")]
    }

    // MARK: Building

    /// Posts to a generation what there was, as any other is built.
    private func build(
        _ generation: any Generation, upTo limit: PastHistory.Limit,
        progress: (BuildProgress) async throws -> Void
    ) async throws {
        let history = PastHistory(feed.history, upTo: limit)
        let expected = try await readHeads(in: history).values.map(\.rawValue).cappedSum
        try await progress(BuildProgress(done: 0, total: expected))
        // What cannot be posted is set aside at once: nobody waits for it to be mended.
        let runner = ProjectionRunner(
            name: projection.name, readModel: generation, subscription: HistoryOnly(), history: history,
            sources: feed.sources, partitionCount: feed.partitionCount, headCheckInterval: feed.headCheckInterval,
            policy: FailurePolicy(retries: 0), isFedByQueue: false, logger: logger)
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

    private func writeRows(
        _ rows: any TableRows, _ table: String?, to write: ([UInt8]) async throws -> Void
    ) async throws {
        let tables = try await rows.tables().filter { table == nil || $0.name == table }
        if let table, tables.isEmpty { throw NoSuchTable(name: table) }
        // Before the rows: what is posted meanwhile may be in them, and nothing that is counted is missing.
        let (posted, parked) = try await rows.events()
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
        try await write(Self.line(.end(RowsEnd(rows: count, events: posted, parked: parked))))
    }
}

/// Why a generation cannot be built.
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
