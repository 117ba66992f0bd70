import Daybook
public import DaybookSQLite
public import GRDB

/// Begins a test of a projection, on a read model in a file as a worker makes it.
///
/// ```swift
/// try await given(UsersProjection())
///     .on("user-ada", .created(email: "ada@example.com", name: "Ada"), .deactivated(reason: "left"))
///     .on("user-grace", .created(email: "grace@example.com", name: "Grace"))
///     .thenRows(
///         of: "users", [["user_id": "ada", "is_active": false], ["user_id": "grace", "is_active": true]])
/// ```
public func given<Projection: SQLiteProjection>(_ projection: Projection) -> GivenProjection<Projection> {
    GivenProjection(projection)
}

/// A projection, and the events that it is given in order.
///
/// Each occurs a second after the one before, the first at ``ManualClock/start``, unless it is said otherwise.
public struct GivenProjection<Projection: SQLiteProjection>: Sendable {
    private let projection: Projection
    private var log = TestLog<Projection.Event>()

    init(_ projection: Projection) { self.projection = projection }

    /// Adds events of a stream.
    ///
    /// - Parameter time: When the first of them occurs, in RFC 3339 or as a date in UTC.
    /// - Throws: `NameError` when no stream can have this name, ``Mismatch`` when the time is none.
    public func on(_ stream: String, at time: String? = nil, _ events: Projection.Event...) throws -> Self {
        var moment = time.flatMap { Timestamp($0) }
        if let time, moment == nil {
            throw Mismatch(about: "when it occurs", expected: "a date or an RFC 3339 time", found: time)
        }
        var more = self
        for event in events {
            try more.log.add(event, to: StreamName(stream), at: moment)
            moment = nil
        }
        return more
    }

    /// The table has exactly these rows, in any order. Only the columns that are named count; a row that leaves out one
    /// that another row names has NULL there.
    ///
    /// - Throws: ``Mismatch`` that shows both sides; `EventFailure` when an event could not be posted.
    @discardableResult
    public func thenRows(of table: String, _ expected: [[String: (any DatabaseValueConvertible)?]]) async throws -> Self
    {
        let rows: [[String: DatabaseValue]] = expected.map { $0.mapValues { $0?.databaseValue ?? .null } }
        try await self.then { db in
            let all = try db.columns(in: table).map(\.name)
            let named = Set(rows.flatMap(\.keys))
            let unknown = named.subtracting(all).sorted()
            guard unknown.isEmpty else {
                throw Mismatch(about: "the columns of \(table)", expected: unknown, found: all)
            }
            let columns = named.isEmpty ? all : all.filter { named.contains($0) }
            let lines = rows.map { row in RowText.line(columns.map { ($0, row[$0] ?? .null) }) }.sorted()
            let found = try RowText.lines(of: table, columns: columns, in: db)
            guard found == lines else { throw Mismatch(about: "the rows of \(table)", expected: lines, found: found) }
        }
        return self
    }

    /// Looks at the read model in any other way, with its indexes made.
    ///
    /// - Throws: What `body` throws; `EventFailure` when an event could not be posted.
    @discardableResult
    public func then(_ body: @escaping @Sendable (Database) throws -> Void) async throws -> Self {
        try await withTemporaryFolder { folder in
            let model = try SQLiteReadModel(folder: folder, projection: projection)
            try await model.apply(log.postings(decodedBy: model), keeping: [])
            try await model.read(body)
        }
        return self
    }
}
