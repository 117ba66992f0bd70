/// The response to a line of a batch that was refused, or the last line of a response that ends early.
public struct BatchProblem: APIDocument, Equatable {
    /// The number of the line in the request: 1, 2, 3… It is `nil` in a last line that says why the rest of the request
    /// is not read.
    public var line: Int?
    /// The `ref` of the line, where it has one that can be read.
    public var ref: String?
    /// The status that the command would have by itself.
    public var status: Int
    /// The seconds to wait before the next attempt, where a single command would be told so by `Retry-After`.
    public var retryAfter: Int?
    /// The document that the command would have by itself.
    public var problem: ProblemDocument

    public init(
        line: Int? = nil, ref: String? = nil, status: Int, retryAfter: Int? = nil, problem: ProblemDocument
    ) {
        self.line = line
        self.ref = ref
        self.status = status
        self.retryAfter = retryAfter
        self.problem = problem
    }

    public static let example = BatchProblem(line: 2, ref: "row-8", status: 409, retryAfter: 1, problem: .example)
}
