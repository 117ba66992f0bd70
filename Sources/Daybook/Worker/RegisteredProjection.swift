/// A projection as an executable's `main` registers it: its description, and the kind of stores that its worker has.
///
/// A projection is written against a database, so it is registered by what knows that: `.sqlite(UsersProjection())`
/// with DaybookSQLite.
public struct RegisteredProjection: Sendable {
    public let description: ProjectionDescription
    /// Knows the projection's code. The reactions of the same worker have their states in stores of this kind, too.
    public let stores: any WorkerStoreKind

    public init(_ description: ProjectionDescription, stores: any WorkerStoreKind) {
        self.description = description
        self.stores = stores
    }
}
