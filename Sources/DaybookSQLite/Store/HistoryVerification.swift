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
            let problems = try await post(log, upTo: targets, to: projection, progress)
            for problem in problems { report.add(problem) }
        }
        return report
    }

    /// Stands for the writer's name, which its store does not know.
    private static let source: Source = "history"

    // MARK: Aggregates

    /// Stream by stream, so that no more than one aggregate is in memory.
    private func foldAll(into report: inout HistoryReport, _ progress: (Int64, Int64) throws -> Void) throws {
        let folds = Dictionary(aggregates.map { ($0.category, Self.fold($0)) }) { first, _ in first }
        try StoreFile(path).read { db in
            let seals = try Seals.reading(keys: keys, of: db)
            let total = try StoreFile.head(in: db).position.rawValue
            var row = try PreparedStatement(
                """
                SELECT e.position, e.version, e.schema_version, e.data, t.name, e.stream_id, s.name
                FROM events e JOIN streams s ON s.id = e.stream_id JOIN types t ON t.id = e.type_id
                ORDER BY e.stream_id, e.version
                """, in: db)
            defer { row.reset() }
            var (id, stream, fold): (Int64?, StreamName, (any StreamFold)?) = (nil, StreamName(stored: ""), nil)
            while try row.step() {
                if row.int64(5) != id {
                    (id, stream) = (row.int64(5), StreamName(stored: row.text(6)))
                    fold = folds[stream.category]
                }
                try seals.opening(row.bytes(3), of: stream) { data in
                    let event = ReplayedEvent(
                        version: StreamVersion(rawValue: row.int64(1)), type: row.text(4), schemaVersion: row.int(2),
                        data: data)
                    guard let reason = Self.reason(against: event, of: stream, &fold) else { return }
                    report.add(
                        HistoryProblem(
                            part: "aggregate \(stream.category)", type: event.type, schemaVersion: event.schemaVersion,
                            reason: reason, count: 1, position: Position(rawValue: row.int64(0))))
                }
                report.events += 1
                if report.events % 10_000 == 0 && report.events < total { try progress(report.events, total) }
            }
            try progress(total, total)
        }
    }

    /// Folds an event.
    ///
    /// - Returns: Why that cannot be done.
    private static func reason(
        against event: ReplayedEvent, of stream: StreamName, _ fold: inout (any StreamFold)?
    ) -> String? {
        guard fold != nil else { return "there is no aggregate of this category" }
        do { try fold?.take(event, of: stream) } catch { return (error as? CodecError)?.reason ?? "\(error)" }
        return nil
    }

    private static func fold<Subject: Aggregate>(_ type: Subject.Type) -> any StreamFold { AggregateFold<Subject>() }

    // MARK: Projections

    private func post<Projection: SQLiteProjection>(
        _ log: StoreLog, upTo targets: [Lane: Checkpoint], to projection: Projection,
        _ progress: (String, Int64, Int64) throws -> Void
    ) async throws -> [HistoryProblem] {
        let part = "projection \(Projection.name)"
        let total = targets.values.map(\.offset.rawValue).cappedSum
        let folder = try PrivateFolder("daybook-history")
        defer { folder.remove() }
        do {
            return try await SQLiteReadModel.trial(in: folder.inner, projection) { model in
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

/// Folds one stream, without saying of which aggregate.
private protocol StreamFold {
    mutating func take(_ event: ReplayedEvent, of stream: StreamName) throws
}

private struct AggregateFold<Subject: Aggregate>: StreamFold {
    private let codec = EventCodec<Subject>()
    private var state = Subject()

    mutating func take(_ event: ReplayedEvent, of stream: StreamName) throws {
        let codec = self.codec
        try codec.decode(event, of: stream) { state.apply($0) }
    }
}
