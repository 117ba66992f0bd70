/// The description of a projection, whatever its read model is kept in.
public struct ProjectionDescription: Sendable {
    /// In kebab-case. Names its queues, its read model and its metrics.
    public let name: String
    /// Another one where its code makes other rows.
    public let version: Int
    /// The queries of its read model.
    public let queries: [any QueryDescription]

    public init(name: String, version: Int, queries: [any QueryDescription]) {
        self.name = name
        self.version = version
        self.queries = queries
    }
}
