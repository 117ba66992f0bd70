/// A store or read-model file that cannot be used, and why.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public let description: String

    /// - Parameter description: What cannot be used, and why.
    public init(_ description: String) { self.description = description }
}
