/// The body that an operation takes.
public struct OperationRequest: Sendable {
    public var content: OperationContent
    /// `false` when an empty body stands for an empty object.
    public var isRequired: Bool

    public init(_ content: OperationContent, isRequired: Bool) {
        self.content = content
        self.isRequired = isRequired
    }
}
