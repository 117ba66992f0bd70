/// A named, versioned function that posts events to tables in memory, for tests and first steps.
///
/// There is no order between partitions: the result must not depend on it.
public protocol InMemoryProjection: Sendable {
    associatedtype Event: IntegrationEvent

    /// In kebab-case. Names its queues, its read model and its metrics.
    static var name: String { get }

    /// To be raised when ``apply(_:from:to:)`` or the tables change.
    static var version: Int { get }

    /// Its tables.
    static var tables: [TableDescription] { get }

    /// The queries of its read model.
    static var queries: [InMemoryQuery] { get }

    /// Posts one event. Each event comes once, in the order of its stream. Nothing of it stays when this throws.
    func apply(_ event: Event, from entry: LogEntry, to tables: inout InMemoryTables) throws
}

extension InMemoryProjection {
    public static var queries: [InMemoryQuery] { [] }
}

extension ProjectionDescription {
    /// Describes a projection that is kept in memory.
    public init<Projection: InMemoryProjection>(_ projection: Projection) {
        self.init(name: Projection.name, version: Projection.version, queries: Projection.queries)
    }
}

/// The code of a projection, as its generations run it.
struct InMemoryCode<Projection: InMemoryProjection>: Sendable {
    private let projection: Projection
    private let decoder = EventDecoder<Projection.Event>()

    init(_ projection: Projection) { self.projection = projection }

    func decode(_ entry: LogEntry) throws -> (any DecodedEvent)? { try decoder.decode(entry) }

    /// Posts what an entry was decoded to.
    ///
    /// - Throws: What decoding it threw, and what the projection throws.
    func apply(_ event: (any DecodedEvent)?, from entry: LogEntry, to tables: inout InMemoryTables) throws {
        guard let event else { return }
        try decoder.events(in: event, of: entry)?.withEach { try projection.apply($0, from: entry, to: &tables) }
    }
}
