/// The conditions of a rollback.
public struct RollbackRequest: APIDocument, Equatable {
    /// The number of the previous generation, if it is to serve although a source has another log now.
    public var force: Int?

    public init(force: Int? = nil) { self.force = force }

    public static let example = RollbackRequest(force: 3)
}
