/// A line of the response to a batch of commands: there is one for each line of the request, in the order in which they
/// are done.
public enum BatchResponse: APIDocument, Equatable {
    case result(BatchResult)
    case problem(BatchProblem)

    /// The number of the line in the request; `nil` in a last line that says why the rest is not read.
    public var line: Int? {
        switch self {
        case .result(let result): result.line
        case .problem(let problem): problem.line
        }
    }

    public static let example = BatchResponse.result(.example)

    /// The member by which the lines are told apart.
    private enum CodingKeys: CodingKey { case problem }

    public init(from decoder: any Decoder) throws {
        let isProblem = try decoder.container(keyedBy: CodingKeys.self).contains(.problem)
        self = isProblem ? .problem(try BatchProblem(from: decoder)) : .result(try BatchResult(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .result(let result): try result.encode(to: encoder)
        case .problem(let problem): try problem.encode(to: encoder)
        }
    }
}
