public import Daybook
import Foundation
import GRDB

/// Tries code on everything that is stored: every event is decoded and brought to the present schema, every aggregate is
/// folded, and every projection posts the whole log to a read model that is thrown away.
///
/// It only reads the store, also while a writer has it. The read models go to the temporary folder (`TMPDIR`), one at a
/// time.
public struct HistoryVerification: Sendable {
    private let path: String
    private let keys: String?
    private let aggregates: [any Aggregate.Type]
    private let projections: [any SQLiteProjection]

    /// - Parameters:
    ///   - path: The store's file, or that of a backup.
    ///   - keys: Its key file. Without it, personal data that are sealed are tried as if they were forgotten.
    ///   - aggregates: Those whose events may be in it.
    ///   - projections: Those that make read models of it.
    public init(
        path: String, keys: String? = nil, aggregates: [any Aggregate.Type], projections: [any SQLiteProjection]
    ) {
        self.path = path
        self.keys = keys
        self.aggregates = aggregates
        self.projections = projections
    }

    /// Tries all of it, whatever fails in between.
    ///
    /// - Parameter progress: Called with what is tried, how far it is, and how far it goes.
    /// - Throws: `StoreError` when the file is no store, `DatabaseError` when it cannot be read, or there is no room for
    ///   a read model; what `progress` throws.
    public func run(
        progress: (String, Int64, Int64) throws -> Void = { _, _, _ in }
    ) async throws -> HistoryReport {
        var report = HistoryReport()
        try foldAll(into: &report) { try progress("aggregates", $0, $1) }
        let log = try StoreLog(path: path, keys: keys)
        let targets = try await log.checkpoints(of: Self.source)
        report.entries = targets.values.map(\.offset.rawValue).cappedSum
        for projection in projections {
            let problems = try await apply(log, upTo: targets, to: projection, progress)
            for problem in problems { report.add(problem) }
        }
        return report
    }

    /// Stands for the writer's name, which its store does not know.
    private static let source: Source = "history"

    // MARK: Aggregates

    private func foldAll(into report: inout HistoryReport, _ progress: (Int64, Int64) throws -> Void) throws {
        let folds = StoredFolds(of: aggregates, keys: keys)
        try StoreFile(path).read { db in
            report.events = try folds.run(
                in: db,
                failed: { failure in
                    report.add(
                        HistoryProblem(
                            part: "aggregate \(failure.stream.category)", type: failure.type,
                            schemaVersion: failure.schemaVersion, reason: failure.reason, count: 1,
                            position: failure.position))
                }, progress: progress)
        }
    }

    // MARK: Projections

    private func apply<Projection: SQLiteProjection>(
        _ log: StoreLog, upTo targets: [Lane: Checkpoint], to projection: Projection,
        _ progress: (String, Int64, Int64) throws -> Void
    ) async throws -> [HistoryProblem] {
        let part = "projection \(Projection.name)"
        let total = targets.values.map(\.offset.rawValue).cappedSum
        let folder = try PrivateFolder("daybook-history")
        defer { folder.remove() }
        do {
            return try await SQLiteReadModel.withScratch(in: folder.inner, projection) { model in
                var done: Int64 = 0
                try await model.catchUp(to: targets, from: LocalHistory([Self.source: log])) { posted in
                    done += posted
                    try progress(Projection.name, done, total)
                }
                if total == 0 { try progress(Projection.name, 0, 0) }
                try await model.finish()
                var problems: [HistoryProblem] = []
                for kind in try await model.read({ try ParkedEvents.kinds(in: $0) }) {
                    let position = try await log.position(at: kind.first)
                    problems.append(
                        HistoryProblem(
                            part: part, type: kind.type, schemaVersion: kind.schemaVersion, reason: kind.reason,
                            count: kind.count, position: position))
                }
                return problems
            }
        } catch let error as DatabaseError where !error.isTransient {
            // Its tables or indexes cannot be made.
            return [HistoryProblem(part: part, reason: "\(error)", count: 0)]
        }
    }
}
