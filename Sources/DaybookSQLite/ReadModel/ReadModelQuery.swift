import Daybook
public import GRDB

/// A question that a read model answers, without saying over which protocol.
public struct ReadModelQuery: Sendable {
    /// Where it is found; `{name}` stands for a parameter: `users/{id}`.
    public let path: String
    /// What it answers, in a sentence.
    public let summary: String
    /// What it may be asked with besides the parameters of its path: what each of them means, by name.
    public let parameters: [String: String]
    let body: @Sendable (QueryParameters, Database) throws -> [UInt8]?

    /// - Parameters:
    ///   - summary: What it answers, for the documents made of it.
    ///   - parameters: What else it may be asked with, for the documents too.
    ///   - answer: What is found; `nil` when there is no such thing. It may throw ``QueryError``.
    public init<Answer: Encodable & SendableMetatype>(
        _ path: String, _ summary: String = "", parameters: [String: String] = [:],
        answer: @escaping @Sendable (QueryParameters, Database) throws -> Answer?
    ) {
        self.path = path
        self.summary = summary
        self.parameters = parameters
        body = { parameters, db in
            try parameters.refuseNull()
            return try answer(parameters, db).map { try JSON.encode($0) }
        }
    }
}

/// What was asked: the parameters of the path and of the query, by name.
public struct QueryParameters: Sendable {
    private let values: [String: String]

    public init(_ values: [String: String]) { self.values = values }

    public subscript(name: String) -> String? { values[name] }

    /// SQLite would be given a text only up to U+0000, and find what was not asked for.
    fileprivate func refuseNull() throws {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where value.utf8.contains(0) {
            throw QueryError("\(name) must not have the character U+0000")
        }
    }

    /// How many rows are wanted: the parameter `limit`, 1 to 1000, 100 when it is not given.
    public func limit() throws -> Int {
        guard let text = self["limit"] else { return 100 }
        guard let limit = Int(text), (1...1000).contains(limit) else {
            throw QueryError("limit must be a number from 1 to 1000")
        }
        return limit
    }
}

/// A question that cannot be answered as it was asked.
public struct QueryError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
