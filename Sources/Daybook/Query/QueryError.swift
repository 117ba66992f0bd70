/// A question that cannot be answered as it was asked.
public struct QueryError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// `true` when a parameter was given that the query does not take.
    public let isUnknownParameter: Bool

    public init(_ description: String, isUnknownParameter: Bool = false) {
        self.description = description
        self.isUnknownParameter = isUnknownParameter
    }
}
