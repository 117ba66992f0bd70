/// The parameters that were given with a query, by name. Each is one that the query takes, with a value of its kind.
public struct QueryParameters: Sendable {
    private let values: [String: [String]]

    /// Takes what was given, each parameter once.
    ///
    /// - Parameters:
    ///   - given: Values by name.
    ///   - declared: The parameters that the query takes.
    ///   - path: Values of the parameters in its path, by name.
    /// - Throws: ``QueryError`` at a parameter that it does not take, or a value that the parameter cannot have.
    public init(
        _ given: [String: String] = [:], of declared: [QueryParameter] = [], path: [String: String] = [:]
    ) throws(QueryError) {
        let pairs = given.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        try self.init(pairs: pairs, of: declared, path: path)
    }

    /// Takes what was given, some parameters possibly several times.
    ///
    /// - Parameters:
    ///   - given: Names and values, in order.
    ///   - declared: The parameters that the query takes.
    ///   - path: Values of the parameters in its path, by name.
    /// - Throws: ``QueryError`` at a parameter that it does not take, or not as often, or a value that the parameter
    ///   cannot have.
    public init(
        pairs given: [(name: String, value: String)], of declared: [QueryParameter], path: [String: String] = [:]
    ) throws(QueryError) {
        var values: [String: [String]] = [:]
        for (name, text) in given {
            guard let parameter = declared.first(where: { $0.name == name }) else {
                let names = declared.map(\.name).sorted().joined(separator: ", ")
                throw QueryError(
                    "there is no parameter \(name) here" + (names.isEmpty ? "" : ", only \(names)"),
                    isUnknownParameter: true)
            }
            try Self.check(text, of: name, parameter.kind)
            values[name, default: []].append(text)
            guard values[name, default: []].count <= parameter.maximumCount else {
                let excess = parameter.maximumCount == 1 ? "twice" : "more than \(parameter.maximumCount) times"
                throw QueryError("\(name) is given \(excess)")
            }
        }
        for (name, text) in path {
            try Self.check(text, of: name, .text)
            values[name] = [text]
        }
        self.values = values
    }

    private static func check(_ text: String, of name: String, _ kind: QueryParameter.Kind) throws(QueryError) {
        guard kind.accepts(text) else { throw QueryError("\(name) must be \(kind.expectation)") }
    }

    /// The value as it was given, the first one of several; `nil` when it was not.
    public subscript(name: String) -> String? { values[name]?.first }

    /// All values as they were given, in order.
    public func all(_ name: String) -> [String] { values[name] ?? [] }

    /// The beginning of a date in UTC.
    public func date(_ name: String) -> Timestamp? { time(name) }

    /// A moment; of a date its beginning in UTC.
    public func time(_ name: String) -> Timestamp? { self[name].flatMap { Timestamp($0) } }

    public func number(_ name: String) -> Int? { self[name].flatMap { Int($0) } }

    public func flag(_ name: String) -> Bool? { self[name].flatMap { Bool($0) } }

    /// The number of rows that are wanted: ``QueryParameter/limit``, or 100.
    public func limit() -> Int { number("limit") ?? 100 }
}
