/// The conditions of a rebuild.
public struct RebuildRequest: APIDocument, Equatable {
    /// `true` when the build is to wait for an operator's word before it serves.
    public var hold: Bool?
    /// `true` when the build may serve only if its rows are equal to those that serve.
    public var requireEqual: Bool?

    public init(hold: Bool? = nil, requireEqual: Bool? = nil) {
        self.hold = hold
        self.requireEqual = requireEqual
    }

    public static let example = RebuildRequest(hold: true, requireEqual: true)
}
