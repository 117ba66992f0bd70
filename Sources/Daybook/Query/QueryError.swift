/// A question that cannot be answered as it was asked.
public struct QueryError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// The code of the problem document.
    public let code: String

    public init(_ description: String, code: String = "invalid-parameter") {
        self.description = description
        self.code = code
    }
}
