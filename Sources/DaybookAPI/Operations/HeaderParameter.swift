public import Daybook

/// A header that a request may have, or that a response has.
public struct HeaderParameter: Sendable, Equatable {
    public let header: APIHeader
    /// The values that it may have.
    public let kind: QueryParameter.Kind
    /// The meaning, in a line.
    public let purpose: String

    public init(_ header: APIHeader, _ kind: QueryParameter.Kind = .text, purpose: String) {
        self.header = header
        self.kind = kind
        self.purpose = purpose
    }
}
