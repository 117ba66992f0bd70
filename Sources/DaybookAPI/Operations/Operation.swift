public import Daybook

/// An operation of the HTTP interface: a method on a path, with all that it takes and answers.
public struct Operation: Sendable {
    /// The daemons that have an operation.
    public enum Server: String, Sendable { case writer, worker, both }

    /// A method, by its name in lower case.
    public enum Method: String, Sendable { case get, post, delete }

    public var server: Server
    public var method: Method
    /// `{name}` stands for a parameter.
    public var path: String
    /// The effect, in a sentence.
    public var summary: String
    /// The parameters of the query. Any other is refused.
    public var parameters: [QueryParameter]
    /// The headers that have a meaning here.
    public var headers: [HeaderParameter]
    /// `nil` when a body may only be empty, or an empty object.
    public var request: OperationRequest?
    /// The responses that are no problems, by status.
    public var responses: [Int: OperationResponse]
    /// The statuses of the problems that it may be refused with, besides those that all operations have.
    public var refusals: [Int]

    public init(
        server: Server, method: Method, path: String, summary: String, parameters: [QueryParameter] = [],
        headers: [HeaderParameter] = [], request: OperationRequest? = nil, responses: [Int: OperationResponse],
        refusals: [Int] = []
    ) {
        self.server = server
        self.method = method
        self.path = path
        self.summary = summary
        self.parameters = parameters
        self.headers = headers
        self.request = request
        self.responses = responses
        self.refusals = refusals
    }

    /// The names of the parameters in the path, in order.
    public var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// The operation with a name, or another parameter, in the place of a parameter in the path.
    public func replacing(_ parameter: String, with segment: String) -> Operation {
        var operation = self
        operation.path = path.replacing("{\(parameter)}", with: segment)
        return operation
    }

    /// The schemas of the documents that it takes and answers.
    public var schemas: [APISchema] {
        (request?.content.schemas ?? []) + responses.values.flatMap { $0.contents.flatMap(\.schemas) }
    }
}
