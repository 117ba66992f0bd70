/// The projection of a worker, and its reactions.
public struct ProjectionsResponse: APIDocument, Equatable {
    public var projections: [ProjectionReport]

    public init(projections: [ProjectionReport]) { self.projections = projections }

    public static let example = ProjectionsResponse(projections: [.example])
}
