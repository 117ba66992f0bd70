public import Daybook
public import DaybookSQLite
import Synchronization

/// What a tool must know of a domain for the commands that read a store or describe its events.
public struct Domain: Sendable {
    /// Whose events are in the stores.
    public var aggregates: [any Aggregate.Type]
    /// What makes read models of them.
    public var projections: [any SQLiteProjection]

    /// A domain with these aggregates and projections.
    public init(aggregates: [any Aggregate.Type] = [], projections: [any SQLiteProjection] = []) {
        self.aggregates = aggregates
        self.projections = projections
    }
}

extension Domain {
    private static let known = Mutex(Domain())

    /// The domain of the program that runs.
    static var current: Domain {
        get { known.withLock { $0 } }
        set { known.withLock { $0 = newValue } }
    }
}
