public import Daybook
public import GRDB

/// A question that a read model answers, without saying over which protocol.
public struct ReadModelQuery: Sendable {
    /// Where it is found; `{name}` stands for a parameter: `users/{id}`.
    public let path: String
    /// What it answers, in a sentence.
    public let summary: String
    /// What it may be asked with besides the parameters of its path. Anything else is refused.
    public let parameters: [QueryParameter]
    let body: @Sendable (QueryParameters, Database) throws -> [UInt8]?

    /// - Parameters:
    ///   - summary: What it answers, for the documents made of it.
    ///   - parameters: What else it may be asked with. Values that a parameter cannot have do not come to `answer`.
    ///   - answer: What is found; `nil` when there is no such thing. It may throw ``QueryError``.
    public init<Answer: Encodable & SendableMetatype>(
        _ path: String, _ summary: String = "", parameters: [QueryParameter] = [],
        answer: @escaping @Sendable (QueryParameters, Database) throws -> Answer?
    ) {
        self.path = path
        self.summary = summary
        self.parameters = parameters
        body = { parameters, db in try answer(parameters, db).map { try JSON.encode($0) } }
    }
}
