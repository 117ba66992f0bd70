public import Daybook
public import GRDB

/// A question that a read model answers, without saying over which protocol.
public struct ReadModelQuery: QueryDescription {
    /// The place where it is found; `{name}` stands for a parameter: `users/{id}`.
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
        body = { parameters, db in
            do { return try answer(parameters, db).map { try JSON.encode($0) } } catch { throw withoutRow(error) }
        }
    }

    /// The query that a description is of.
    ///
    /// - Throws: ``StoreError`` when it is asked of a read model of another kind.
    init(describedBy description: any QueryDescription) throws {
        guard let query = description as? ReadModelQuery else {
            throw StoreError("the query \(description.path) is not one of a read model in SQLite")
        }
        self = query
    }
}

/// A row that does not have what was to be decoded from it. It says nothing of the row's values, which may be personal.
public struct UnreadableRow: Error, Sendable, CustomStringConvertible {
    public let description = "a column of a row is missing, NULL, or of another type than the code expects"
}

/// The error without the row that GRDB shows in it: logs and reasons outlive what is forgotten.
func withoutRow(_ error: any Error) -> any Error { error is RowDecodingError ? UnreadableRow() : error }
