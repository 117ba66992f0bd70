/// The line that comes in the place of the last one when something went wrong after the first.
public struct RowsProblem: APIDocument, Equatable {
    public var problem: ProblemDocument

    public init(problem: ProblemDocument) { self.problem = problem }

    public static let example = RowsProblem(problem: .example)
}
