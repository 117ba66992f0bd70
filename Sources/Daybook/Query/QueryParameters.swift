/// The parameters that were given with a query, by name. Each is one that the query takes, with a value of its kind.
public struct QueryParameters: Sendable {
    private let values: [String: String]

    /// Takes what was given.
    ///
    /// - Parameters:
    ///   - given: Values by name.
    ///   - declared: The parameters that the query takes.
    ///   - path: Values of the parameters in its path, by name.
    /// - Throws: ``QueryError`` at a parameter that it does not take, or a value that the parameter cannot have.
    public init(
        _ given: [String: String] = [:], of declared: [QueryParameter] = [], path: [String: String] = [:]
    ) throws(QueryError) {
        for (name, text) in given.sorted(by: { $0.key < $1.key }) {
            guard let parameter = declared.first(where: { $0.name == name }) else {
                let names = declared.map(\.name).sorted().joined(separator: ", ")
                throw QueryError(
                    "there is no parameter \(name) here" + (names.isEmpty ? "" : ", only \(names)"),
                    isUnknownParameter: true)
            }
            try Self.check(text, of: name, parameter.kind)
        }
        for (name, text) in path { try Self.check(text, of: name, .text) }
        values = given.merging(path) { _, inPath in inPath }
    }

    private static func check(_ text: String, of name: String, _ kind: QueryParameter.Kind) throws(QueryError) {
        guard kind.accepts(text) else { throw QueryError("\(name) must be \(kind.expectation)") }
    }

    /// The value as it was given; `nil` when it was not.
    public subscript(name: String) -> String? { values[name] }

    /// The beginning of a date in UTC.
    public func date(_ name: String) -> Timestamp? { time(name) }

    /// A moment; of a date its beginning in UTC.
    public func time(_ name: String) -> Timestamp? { values[name].flatMap { Timestamp($0) } }

    public func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }

    public func flag(_ name: String) -> Bool? { values[name].flatMap { Bool($0) } }

    /// The number of rows that are wanted: ``QueryParameter/limit``, or 100.
    public func limit() -> Int { number("limit") ?? 100 }
}
