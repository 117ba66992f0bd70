/// A question that a read model in memory answers, without saying over which protocol.
public struct InMemoryQuery: QueryDescription {
    public let path: String
    public let summary: String
    public let parameters: [QueryParameter]
    let body: @Sendable (QueryParameters, InMemoryTables) throws -> [UInt8]?

    /// - Parameters:
    ///   - summary: What it answers, for the documents made of it.
    ///   - parameters: What else it may be asked with. Values that a parameter cannot have do not come to `answer`.
    ///   - answer: What is found; `nil` when there is no such thing. It may throw ``QueryError``.
    public init<Answer: Encodable & SendableMetatype>(
        _ path: String, _ summary: String = "", parameters: [QueryParameter] = [],
        answer: @escaping @Sendable (QueryParameters, InMemoryTables) throws -> Answer?
    ) {
        self.path = path
        self.summary = summary
        self.parameters = parameters
        body = { parameters, tables in try answer(parameters, tables).map { try JSON.encode($0) } }
    }

    /// The query that a description is of.
    ///
    /// - Throws: ``StoreError`` when it is asked of a read model of another kind.
    init(describedBy description: any QueryDescription) throws {
        guard let query = description as? InMemoryQuery else {
            throw StoreError("the query \(description.path) is not one of a read model in memory")
        }
        self = query
    }
}
