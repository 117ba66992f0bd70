public import Daybook
public import GRDB

/// A named, versioned function that posts events to the tables of a SQLite read model.
///
/// There is no order between partitions: the result must not depend on it. Add deltas, do not write running totals,
/// and rely on no uniqueness across streams.
public protocol SQLiteProjection: Sendable {
    associatedtype Event: IntegrationEvent

    /// In kebab-case. Names its queues, its read model and its metrics.
    static var name: String { get }

    /// To be raised when ``apply(_:from:in:)`` or the tables change.
    static var version: Int { get }

    /// Makes its tables.
    static func createTables(in db: Database) throws

    /// Makes what only reading needs: indexes that would slow down a rebuild, which makes them at its end.
    static func createIndexes(in db: Database) throws

    /// Posts one event. Each event comes once, in the order of its stream.
    func apply(_ event: Event, from entry: LogEntry, in db: Database) throws

    /// The queries of its read model.
    static var queries: [ReadModelQuery] { get }
}

extension SQLiteProjection {
    public static func createIndexes(in db: Database) throws {}

    public static var queries: [ReadModelQuery] { [] }
}
